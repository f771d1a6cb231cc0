// The program editor: the server answers every step with the part of the page that changed.
// Here is only what a browser must do itself; every page works without it.
(() => {
  "use strict";
  document.documentElement.classList.remove("no-js");
  const menus = () => document.querySelectorAll("details.pe-menu[open]");

  // Refusals carry the page as it was typed: they are shown, too.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if ([409, 422].includes(event.detail.xhr.status)) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    event.detail.target.classList.add("pe-saving");
  });

  // Focus goes to what the step was about, so that the keyboard continues there.
  document.addEventListener("htmx:afterSettle", (event) => {
    const part = document.getElementById("pe-part");
    if (!part || event.detail.target.id === "matches") return;
    const form = part.querySelector("[data-pe-form]");
    const wanted = part.querySelector(".pe-error, .pe-note-bad") || form;
    const field = form && form.querySelector("input:not([type=hidden]), select, textarea");
    const node = part.dataset.focus && document.getElementById(part.dataset.focus);
    const target = part.querySelector(".pe-note[tabindex]") || field || node;
    if (target) target.focus({ preventScroll: Boolean(field) });
    if (wanted) wanted.scrollIntoView({ block: "nearest" });
    const live = document.getElementById("pe-live");
    if (live) live.textContent = part.dataset.said || "";
  });

  document.addEventListener("change", (event) => {
    const chooser = event.target.closest("[data-refresh]");
    if (!chooser) return;
    const form = chooser.closest("form");
    const button = form && form.querySelector("[data-refresh-button]");
    if (button) button.click();
  });

  document.addEventListener("click", (event) => {
    menus().forEach((menu) => {
      if (!menu.contains(event.target)) menu.removeAttribute("open");
    });
  });

  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest("details.pe-menu");
    if (event.key === "Escape") {
      menus().forEach((one) => one.removeAttribute("open"));
      if (menu) menu.querySelector("summary").focus();
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (menu && menu.open && step) {
      const items = [...menu.querySelectorAll(".pe-menu-list button")];
      const at = items.indexOf(document.activeElement);
      event.preventDefault();
      (items[Math.max(0, Math.min(items.length - 1, at + step))] || items[0]).focus();
      return;
    }
    // Alt and arrows move the requirement that has the focus.
    const node = event.target.closest(".pe-node");
    const move = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "out", ArrowRight: "in" }[event.key];
    if (event.altKey && move && node && !event.target.matches("input, select, textarea")) {
      const button = node.querySelector(`:scope > .pe-node-head [data-move="${move}"]`);
      event.preventDefault();
      if (button) button.click();
    }
  });
})();
