// A SCIM server on the libraries scimmy and scimmy-routers, in memory, written as their README suggests.
//
// Their routers pass startIndex and count on as texts, which scimmy does not count as numbers: it shows the first 20 of every list,
// whatever was asked for, and says how many there are. With PAGES=1 they are numbers. With FILTERS=1 this store looks at filters,
// which the library leaves to it.
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";
import { randomUUID } from "node:crypto";
import { parse } from "node:querystring";

const { PORT, TOKEN, PAGES, FILTERS } = process.env;
const users = new Map();
const groups = new Map();
const { Types, Resources, Schemas } = SCIMMY;

const absent = (id) => new Types.Error(404, null, `Resource ${id} not found`);
const let_through = (resource, all) => (FILTERS && resource.filter ? resource.filter.match(all) : all);
const kept = (store, id, data) => {
  const now = new Date();
  const meta = { created: store.get(id)?.meta?.created ?? now, lastModified: now };
  const resource = { ...JSON.parse(JSON.stringify(data)), id, meta };
  store.set(id, resource);
  return resource;
};
const shown = (user) => {
  const has = [...groups.values()].filter((group) => (group.members ?? []).some((member) => member.value === user.id));
  return { ...user, groups: has.map((group) => ({ value: group.id, display: group.displayName })) };
};
const read = (store, show) => (resource) => {
  if (!resource.id) return let_through(resource, [...store.values()].map(show));
  if (!store.has(resource.id)) throw absent(resource.id);
  return show(store.get(resource.id));
};
const remove = (store) => (resource) => {
  if (!store.delete(resource.id)) throw absent(resource.id);
};

Resources.declare(Resources.User, {
  egress: read(users, shown),
  ingress: (resource, data) => {
    const id = resource.id ?? randomUUID();
    if (resource.id && !users.has(id)) throw absent(id);
    const name = data.userName.toLowerCase();
    const taken = [...users.values()].some((user) => user.id !== id && user.userName.toLowerCase() === name);
    if (taken) throw new Types.Error(409, "uniqueness", "userName taken");
    const { groups: _, ...rest } = data;
    return kept(users, id, rest);
  },
  degress: remove(users),
});
Resources.User.extend(Schemas.EnterpriseUser, false);
Resources.declare(Resources.Group, {
  // The library cannot look for a member where there is no list of them.
  egress: read(groups, (group) => ({ members: [], ...group })),
  ingress: (resource, data) => {
    if (resource.id && !groups.has(resource.id)) throw absent(resource.id);
    return kept(groups, resource.id ?? randomUUID(), data);
  },
  degress: remove(groups),
});

const app = express();
if (PAGES) {
  app.set("query parser", (text) => {
    const query = { ...parse(text) };
    for (const name of ["startIndex", "count"]) {
      if (name in query) query[name] = Number(query[name]);
    }
    return query;
  });
}
const handler = (request) => {
  if (request.header("Authorization") !== `Bearer ${TOKEN}`) throw new Error("not signed in");
  return "latchkey";
};
app.use("/v2", new SCIMMYRouters({ type: "bearer", handler }));
app.listen(Number(PORT), "127.0.0.1");
