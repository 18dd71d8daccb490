// A sign-in provider of `oidc-provider`, in which everybody who comes is the account that was set last. What is not the
// library's: who signs in, and that keys are rotated when they are told to be.
import { generateKeyPairSync } from "node:crypto";
import http from "node:http";
import * as oidc from "oidc-provider";

const { PORT, REDIRECT, SECRET, ID_TOKEN } = process.env;
const issuer = `http://127.0.0.1:${PORT}`;
let account = { sub: "1", email: "ada.king@acme.example", email_verified: true, name: "Ada King", groups: [] };
let keys = 0;

function provider() {
  const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });
  const it = new oidc.Provider(issuer, {
    clients: [{
      client_id: "latchkey", redirect_uris: [REDIRECT], grant_types: ["authorization_code"], response_types: ["code"],
      ...(SECRET ? { client_secret: SECRET } : { token_endpoint_auth_method: "none" }),
      post_logout_redirect_uris: [new URL("/sign-in", REDIRECT).href],
    }],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "groups"] },
    conformIdTokenClaims: !ID_TOKEN,
    cookies: { keys: ["test"] },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true } },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => account }),
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    jwks: { keys: [{ ...key, kid: `key-${keys++}`, use: "sig", alg: "RS256" }] },
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
      grant.addOIDCScope("openid email profile");
      await grant.save();
      return grant;
    },
    pkce: { required: () => true },
  });
  return { it, callback: it.callback() };
}

let current = provider();

http.createServer(async (request, response) => {
  if (request.url === "/control") {
    let text = "";
    for await (const part of request) text += part;
    const told = JSON.parse(text);
    if (told.account) account = told.account;
    if (told.rotate) current = provider();
    return response.end("{}");
  }
  if (request.url.startsWith("/interaction/")) {
    return current.it.interactionFinished(request, response, { login: { accountId: account.sub } });
  }
  return current.callback(request, response);
}).listen(Number(PORT), "127.0.0.1");
