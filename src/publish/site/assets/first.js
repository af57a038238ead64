// Runs before anything is drawn, so that nothing moves or changes its colour afterwards.
"use strict";
(function () {
  const root = document.documentElement;
  root.classList.replace("no-js", "js");
  let theme = null;
  let platform = null;
  try {
    theme = localStorage.getItem("certwhy.theme");
    platform = localStorage.getItem("certwhy.platform");
  } catch (error) {
    // Storage may be forbidden: nothing is remembered then.
  }
  if (theme === "dark" || theme === "light") root.dataset.theme = theme;
  root.dataset.platform = platform === "windows" ? "windows" : "linux";
})();
