// Prints the TLS options that a request of the proxy would connect with, and connects nowhere.
"use strict";
const https = require("node:https");
const { PassThrough } = require("node:stream");

const asked = JSON.parse(process.argv[2]);
const agent = new https.Agent({ keepAlive: true });
agent.createConnection = ({ servername }) => {
  process.stdout.write(JSON.stringify({ servername }));
  return new PassThrough();
};
const request = https.request({ ...asked, agent, headers: { host: "portal.example:8000" } });
request.on("error", () => {});
request.on("socket", () => process.exit(0));
