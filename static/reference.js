// Runs before the first paint: the API's reference is as dark as the other pages.
(() => {
  "use strict";
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const stored = () => {
    try { return localStorage.getItem("tabler-theme") || "auto"; } catch { return "auto"; }
  };
  const apply = () => {
    const wanted = stored();
    document.documentElement.classList.toggle("dark-mode", wanted === "auto" ? dark.matches : wanted === "dark");
  };
  apply();
  dark.addEventListener("change", apply);
})();
