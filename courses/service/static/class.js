/* A page of a class: asks for news of it, and shows them. Where what is shown has a version, the
   service answers as soon as there is another, and every few seconds in any case; where it is away,
   it is asked until it is back. */
"use strict";

(() => {
  const AGAIN_MS = 1500; // after a failure
  const PATIENCE_MS = 20000; // the service says something at least every 5 seconds
  const RELOAD_EVERY_MS = 60000;
  const RELOADED = "class-reloaded";

  const place = document.getElementById("class-now");
  const note = document.getElementById("class-note");
  const pauseMs = Number(place.dataset.pauseMs); // between an answer and the next question
  let version = place.dataset.version;

  async function follow() {
    for (;;) {
      await inFront();
      const heard = await ask();
      await new Promise((done) => setTimeout(done, heard ? pauseMs : AGAIN_MS));
    }
  }

  function inFront() {
    return new Promise((done) => {
      const look = () => {
        if (!document.hidden) {
          document.removeEventListener("visibilitychange", look);
          done();
        }
      };
      document.addEventListener("visibilitychange", look);
      look();
    });
  }

  /* Return whether the service answered. */
  async function ask() {
    try {
      const address = new URL(place.dataset.url, window.location.href);
      if (version) {
        address.searchParams.set("seen", version);
      }
      const answer = await fetch(address, {
        headers: { "X-XSRFToken": place.dataset.xsrf },
        redirect: "error",
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      if (answer.status === 403) {
        await signIn();
        return false;
      }
      if (answer.ok) {
        const found = await answer.json();
        version = found.version;
        show(found.page);
      }
      say(answer.ok ? "" : place.dataset.away);
      return answer.ok;
    } catch {
      say(place.dataset.away);
      return false;
    }
  }

  /* Load the page again, which signs in by itself or says why not: once, and not while the hub is
     away, for then there would be no page any more that could go on. */
  async function signIn() {
    const before = Number(sessionStorage.getItem(RELOADED));
    if (Date.now() - before < RELOAD_EVERY_MS) {
      say(place.dataset.signedOut);
    } else if ((await fetch(place.dataset.health)).ok) {
      sessionStorage.setItem(RELOADED, String(Date.now()));
      window.location.reload();
    } else {
      say(place.dataset.away);
    }
  }

  // Only what has changed: a screen reader says it again otherwise.
  function say(text) {
    if (note.textContent !== text) {
      note.textContent = text;
    }
    note.hidden = !text;
  }

  // Made by the server from its own escaped templates, as the page itself is. A table that was
  // scrolled stays where it is, and so does the keyboard's place.
  function show(page) {
    if (page === place.dataset.shown) {
      return;
    }
    place.dataset.shown = page;
    const fresh = new DOMParser().parseFromString(page, "text/html").body;
    for (const part of place.querySelectorAll("[data-part]")) {
      const other = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
      if (other && other.innerHTML !== part.innerHTML) {
        part.replaceChildren(...other.childNodes);
      }
    }
  }

  follow();
})();
