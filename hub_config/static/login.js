/* The sign-in page warns where a password would travel unprotected. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  document.getElementById("insecure-login-warning").hidden = window.isSecureContext;
});
