// Cuts Microsoft Graph's published OpenAPI down to the operations that are asked for, so that a validator can hold it.
// node cut.cjs GRAPH.json OPERATIONS.json CUT.json; an operation is [method, path with {} for each parameter].
const fs = require('node:fs');
const [, , from, wanted, to] = process.argv;
const whole = JSON.parse(fs.readFileSync(from, 'utf8'));
const operations = JSON.parse(fs.readFileSync(wanted, 'utf8'));

// Actions are published under their qualified names; the reference documents the short ones, which mean the same.
const ACTIONS = /\/microsoft\.graph\.(revokeSignInSessions|assignLicense|restore)$/;
const plain = (path) => path.replace(/\{[^}]*\}/g, '{}').replace(ACTIONS, '/$1');
const paths = {};
for (const [method, path] of operations) {
  const name = Object.keys(whole.paths).find((name) => plain(name) === path && whole.paths[name][method]);
  if (!name) throw new Error(`not in the contract: ${method} ${path}`);
  const short = `/v1.0${name.replace(ACTIONS, '/$1')}`;
  paths[short] ??= { parameters: whole.paths[name].parameters ?? [] };
  paths[short][method] = whole.paths[name][method];
}

// Deleted users have the properties of users, and those can be asked for ("List deletedItems", which is published as a list of
// objects of any kind).
const select = (path) => whole.paths[path].get.parameters.find(({ name }) => name === '$select');
select('/directory/deletedItems/microsoft.graph.user').schema = select('/users').schema;

const at = (reference) =>
  reference
    .slice(2)
    .split('/')
    .reduce((node, part) => node[part.replace(/~1/g, '/').replace(/~0/g, '~')], whole);

// What belongs to other objects is no part of these; the type need not be said; "or any object" would allow everything.
function tidy(node) {
  if (Array.isArray(node)) return node.map(tidy);
  if (node === null || typeof node !== 'object') return node;
  const tidied = {};
  for (const [key, value] of Object.entries(node)) {
    if (key === 'properties') {
      const own = Object.entries(value).filter(([, of]) => !of['x-ms-navigationProperty']);
      tidied[key] = Object.fromEntries(own.map(([name, of]) => [name, tidy(of)]));
    } else if (key === 'required' && Array.isArray(value)) {
      const others = value.filter((name) => name !== '@odata.type');
      if (others.length > 0) tidied[key] = others;
    } else if (key === 'anyOf' && value.length === 2 && value[0].$ref && value[1].nullable) {
      tidied.allOf = [tidy(value[0])];
    } else if (key !== 'discriminator' && !key.startsWith('x-ms-')) {
      tidied[key] = tidy(value);
    }
  }
  return tidied;
}

const components = {};
function collect(node) {
  if (Array.isArray(node)) return node.forEach(collect);
  if (node === null || typeof node !== 'object') return;
  for (const [key, value] of Object.entries(node)) {
    if (key === '$ref' && typeof value === 'string' && value.startsWith('#/')) {
      const [, kind, ...rest] = value.slice(2).split('/');
      const name = rest.join('/');
      components[kind] ??= {};
      if (!(name in components[kind])) {
        components[kind][name] = tidy(at(value));
        collect(components[kind][name]);
      }
    } else collect(value);
  }
}
const cut = tidy(paths);
collect(cut);

// A user has the properties that are published, and no others: a name that is wrong is found.
const properties = (schema) => {
  const of = schema.$ref ? components.schemas[schema.$ref.split('/').pop()] : schema;
  return Object.assign({}, of.properties, ...(of.allOf ?? []).map(properties));
};
const user = components.schemas['microsoft.graph.user'];
components.schemas['microsoft.graph.user'] = { type: 'object', properties: properties(user), additionalProperties: false };

fs.writeFileSync(to, JSON.stringify({ openapi: whole.openapi, info: whole.info, paths: cut, components }));
