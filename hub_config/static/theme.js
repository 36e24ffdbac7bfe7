/* Light or dark on the course pages, as chosen there or on the hub's pages: both keep the choice
   under the hub's own name. Without a choice the system's setting counts, in look.css. */
"use strict";

(() => {
  const KEY = "jupyterhub-bs-theme";
  const root = document.documentElement;

  function stored() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // storage is off: the system's setting counts
    }
  }

  function isDark() {
    const chosen = root.dataset.bsTheme;
    return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }

  const chosen = stored();
  if (chosen === "light" || chosen === "dark") {
    root.dataset.bsTheme = chosen;
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.getElementById("dark-theme-toggle").addEventListener("click", () => {
      const theme = isDark() ? "light" : "dark";
      root.dataset.bsTheme = theme;
      try {
        localStorage.setItem(KEY, theme);
      } catch {
        return; // it holds for this page only
      }
    });
  });
})();
