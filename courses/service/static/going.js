/* The strip on top while a session starts or ends: it says what is new, and the page is loaded again
   only when the session has come to another state. Until then nobody loses their place on it. */
"use strict";

(() => {
  const EVERY_MS = 4000;
  const AWAY = "away"; // the hub does not answer just now: what the page shows may still be so
  const strip = document.querySelector(".strip[data-going]");
  if (!strip) {
    return;
  }

  async function ask() {
    if (document.hidden) {
      return;
    }
    try {
      const answer = await fetch(strip.dataset.url, {
        headers: { "X-XSRFToken": strip.dataset.xsrf },
        redirect: "error",
      });
      if (answer.status === 403) {
        window.location.reload(); // signs in again
      } else if (answer.ok) {
        show(await answer.json());
      }
    } catch {
      // No connection: the next time, perhaps.
    }
  }

  function show(step) {
    if (step.state === AWAY) {
      return;
    }
    if (step.state !== strip.dataset.going) {
      window.location.reload();
      return;
    }
    for (const place of strip.querySelectorAll("[data-said]")) {
      const text = step[place.dataset.said];
      if (place.textContent !== text) {
        place.textContent = text;
      }
    }
  }

  setInterval(ask, EVERY_MS);
})();
