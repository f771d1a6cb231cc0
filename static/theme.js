// Runs before the first paint: sets the chosen theme, so that nothing flashes.
(() => {
  "use strict";
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const stored = () => {
    try { return localStorage.getItem("tabler-theme") || "auto"; } catch { return "auto"; }
  };
  const apply = () => {
    const wanted = stored();
    root.setAttribute("data-bs-theme", wanted === "auto" ? (dark.matches ? "dark" : "light") : wanted);
  };
  root.classList.replace("no-js", "js");
  apply();
  dark.addEventListener("change", apply);
  window.mainstayTheme = {
    set(value) {
      try { localStorage.setItem("tabler-theme", value); } catch { /* private mode: this page only */ }
      if (value === "auto") apply(); else root.setAttribute("data-bs-theme", value);
    },
    current: () => root.getAttribute("data-bs-theme"),
  };
})();
