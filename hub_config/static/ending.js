/* The hub's page while a session ends: it is loaded again once the session has ended, and not before. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const EVERY_MS = 3000;
  const { url } = document.getElementById("ending").dataset;

  async function ask() {
    try {
      const answer = await fetch(url, { headers: { "X-XSRFToken": window.jhdata.xsrf_token } });
      const servers = answer.ok ? Object.values((await answer.json()).servers) : [];
      if (!servers.some((one) => one.pending === "stop")) {
        window.location.reload(); // what comes next, or a sign-in
      }
    } catch {
      // No connection: the next time, perhaps.
    }
  }

  setInterval(ask, EVERY_MS);
});
