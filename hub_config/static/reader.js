/* Who reads: the language that they choose in the header, and the time zone of their browser.
   Two cookies tell the pages, which check them; without them the browser's languages count, and
   the site's own time. */
"use strict";

(() => {
  const YEAR_S = 365 * 24 * 3600;

  function keep(name, value, path) {
    document.cookie = `${name}=${value}; path=${path}; max-age=${YEAR_S}; samesite=lax`;
  }

  function begin() {
    const choice = document.getElementById("language");
    const path = choice ? choice.dataset.path : "/";
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (zone) {
      keep("onboard-zone", zone, path);
    }
    if (choice) {
      choice.hidden = false;
      choice.addEventListener("change", () => {
        keep("onboard-language", choice.value, path);
        window.location.assign(window.location.href);
      });
    }
  }

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", begin);
  } else {
    begin();
  }
})();
