/* The page of a class: asks every few seconds whether something has changed, and shows it. */
"use strict";

(() => {
  const EVERY_MS = 5000;
  const place = document.getElementById("class-now");
  const note = document.getElementById("class-note");

  async function ask() {
    if (document.hidden) {
      return;
    }
    try {
      const answer = await fetch(place.dataset.url, {
        headers: { "X-XSRFToken": place.dataset.xsrf },
        redirect: "error",
      });
      if (answer.status === 403) {
        window.location.reload(); // signs in again, or says why not
      } else if (answer.ok) {
        show((await answer.json()).page);
      }
      note.hidden = answer.ok;
    } catch {
      note.hidden = false;
    }
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

  setInterval(ask, EVERY_MS);
})();
