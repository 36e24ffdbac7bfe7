// Loaded into the proxy (NODE_OPTIONS=--require), which has no setting for this: what stands under
// /user/NAME/ goes only to a server with the certificate of NAME. Node alone would check the Host
// header that a browser sent, and every session holds a certificate that the proxy trusts.
// `session_name` in spawners/certificates.py makes the same names.
"use strict";
const { createHash } = require("node:crypto");
const { Agent } = require("node:https");
const { isIP } = require("node:net");

const USER = /^\/+user\/+([^/]+)/;

function expectedName(path, host) {
  const user = USER.exec(decodeURIComponent(path.split("?", 1)[0]));
  if (user) {
    const digest = createHash("sha256").update(user[1]).digest("hex");
    return `${digest.slice(0, 40)}.session.internal`;
  }
  return isIP(host) ? "" : host; // an empty name: the address itself is checked
}

// Before the agent looks for a connection that is open already: it keeps them by this name.
const addRequest = Agent.prototype.addRequest;
Agent.prototype.addRequest = function (request, options, ...rest) {
  const servername = expectedName(options.path ?? "/", options.host);
  return addRequest.call(this, request, { ...options, servername }, ...rest);
};
