// Unfold's icons are words of a font: without this a screen reader says "how_to_reg Applications".
(() => {
  "use strict";
  const ICON = ".material-symbols-outlined";

  function named(control) {
    const rest = control.cloneNode(true);
    rest.querySelectorAll(ICON).forEach((icon) => icon.remove());
    return rest.textContent.trim() || control.hasAttribute("aria-label") || control.title;
  }

  function hush(root) {
    root.querySelectorAll(`${ICON}:not([aria-hidden])`).forEach((icon) => {
      const control = icon.closest("a, button, summary, [role=button]");
      if (!control || named(control)) icon.setAttribute("aria-hidden", "true");
    });
  }

  // One box ticks all of a group; it shows a dash while only some are ticked. Not sent itself.
  function wholeGroup(group) {
    const whole = group.querySelector("[data-whole-group]");
    const boxes = [...group.querySelectorAll("input[name]")];
    const tell = () => {
      const ticked = boxes.filter((box) => box.checked).length;
      whole.checked = ticked === boxes.length;
      whole.indeterminate = ticked > 0 && !whole.checked;
    };
    whole.closest("label").hidden = false;
    whole.addEventListener("change", () => boxes.forEach((box) => { box.checked = whole.checked; }));
    boxes.forEach((box) => box.addEventListener("change", tell));
    tell();
  }

  // Light, dark or the system's: one choice with the portal, whose name for it counts. Unfold reads
  // its own name when it starts, and writes it when somebody chooses here.
  try {
    const chosen = localStorage.getItem("tabler-theme") || "auto";
    localStorage.setItem("adminTheme", JSON.stringify(chosen));
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", () => {
      if (JSON.parse(localStorage.getItem("adminTheme")) === "auto") document.documentElement.classList.toggle("dark", dark.matches);
    });
    window.addEventListener("pagehide", () => {
      const now = JSON.parse(localStorage.getItem("adminTheme"));
      if (now && now !== chosen) localStorage.setItem("tabler-theme", now);
    });
  } catch { /* private mode: the system's */ }

  document.addEventListener("DOMContentLoaded", () => {
    // On a narrow screen a column's name stands beside each value: one capital, as in the head.
    document.querySelectorAll("#result_list [data-label]").forEach(({ dataset }) => {
      dataset.label = dataset.label.charAt(0).toLocaleUpperCase() + dataset.label.slice(1);
    });
    const field = document.getElementById("searchbar");
    const find = document.getElementById("searchbar-submit");
    if (field && find) [field, find].forEach((part) => part.setAttribute("aria-label", field.placeholder));
    // The mark leads where the vendor's name beside it does.
    document.querySelectorAll("#nav-sidebar a, nav a").forEach((link) => {
      const next = link.parentElement.parentElement?.querySelector(`a[href="${link.getAttribute("href")}"]:not(:has(${ICON}))`);
      if (!named(link) && next) { link.setAttribute("aria-hidden", "true"); link.tabIndex = -1; }
    });
    document.querySelectorAll("[data-group]").forEach(wholeGroup);
    hush(document);
    new MutationObserver(() => hush(document)).observe(document.body, { childList: true, subtree: true });
  });
})();
