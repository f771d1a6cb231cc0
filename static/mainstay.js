// The product's own behaviour: menus, palette, keys, toasts, and what a screen reader
// needs after htmx has swapped a part of the page. Every page reads and posts without it.
(() => {
  "use strict";
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
  const on = (type, handler) => document.addEventListener(type, handler);
  const store = {
    get(key) { try { return localStorage.getItem(key); } catch { return null; } },
    set(key, value) { try { localStorage.setItem(key, value); } catch { /* private mode */ } },
  };

  // --- words for screen readers and toasts -------------------------------------------
  function announce(text) {
    const live = $("#live");
    if (!live || !text) return;
    live.textContent = "";
    setTimeout(() => { live.textContent = text; }, 60);
  }

  function dismiss(card) {
    card.classList.add("toast-leaving");
    setTimeout(() => card.remove(), 200);
  }

  function watch(card) {
    if (card.hasAttribute("data-keep")) return;
    let timer = setTimeout(() => dismiss(card), 8000);
    const hold = () => clearTimeout(timer);
    const release = () => { timer = setTimeout(() => dismiss(card), 4000); };
    card.addEventListener("mouseenter", hold);
    card.addEventListener("focusin", hold);
    card.addEventListener("mouseleave", release);
    card.addEventListener("focusout", release);
  }

  function toast(text, tone = "info", undo = null) {
    const region = $("#toasts");
    if (!region || !text) return;
    const card = document.createElement("div");
    card.className = `toast-card toast-${tone}`;
    card.setAttribute("role", tone === "error" ? "alert" : "status");
    if (tone === "error") card.setAttribute("data-keep", "");
    const words = document.createElement("span");
    words.className = "toast-text";
    words.textContent = text;
    card.append(words);
    if (undo && undo.url && undo.url.startsWith("/")) card.append(undoButton(undo));
    const close = document.createElement("button");
    close.type = "button";
    close.className = "toast-close toast-close-word";
    close.setAttribute("data-toast-close", "");
    close.textContent = region.dataset.close;
    card.append(close);
    region.append(card);
    watch(card);
  }

  function undoButton(undo) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-sm";
    button.textContent = undo.label || "Undo";
    button.addEventListener("click", () => {
      window.htmx.ajax("POST", undo.url, { target: "body", swap: "none" });
      button.closest(".toast-card").remove();
    });
    return button;
  }

  // --- dialogs, menus, navigation, theme ----------------------------------------------
  function openDialog(id) {
    const dialog = document.getElementById(id);
    if (!dialog || dialog.open) return;
    $$("details[data-menu][open]").forEach((menu) => menu.removeAttribute("open"));
    dialog.showModal();
    const field = $("input[type=search]", dialog);
    if (field) { field.value = ""; filterPalette(""); field.focus(); }
  }

  function toggleNav(open) {
    const button = $("[data-nav-toggle]");
    if (!button) return;
    document.body.classList.toggle("nav-open", open);
    button.setAttribute("aria-expanded", String(open));
    if (open) $("#shell-nav a")?.focus(); else button.focus();
  }

  on("click", (event) => {
    const target = event.target.closest("button, a, summary") || event.target;
    if (target.matches("[data-open]")) openDialog(target.dataset.open);
    if (target.matches("[data-close-dialog]")) target.closest("dialog").close();
    if (event.target.matches("dialog.palette")) event.target.close();
    if (target.matches("[data-toast-close]")) dismiss(target.closest(".toast-card"));
    if (target.matches("[data-nav-toggle]")) toggleNav(!document.body.classList.contains("nav-open"));
    else if (document.body.classList.contains("nav-open") && !event.target.closest("#shell-nav")) toggleNav(false);
    if (target.matches("[data-theme-toggle]")) {
      window.mainstayTheme.set(window.mainstayTheme.current() === "dark" ? "light" : "dark");
    }
    if (target.matches("[data-theme-set]")) window.mainstayTheme.set(target.dataset.themeSet);
    if (target.matches("[data-copy]")) copy(target);
    if (target.matches("[data-print]")) window.print();
    $$("details[data-menu][open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.removeAttribute("open");
    });
  });

  async function copy(button) {
    const source = document.getElementById(button.dataset.copy);
    if (!source) return;
    try {
      await navigator.clipboard.writeText(source.value || source.textContent.trim());
      announce(button.dataset.copied);
      toast(button.dataset.copied, "success");
    } catch {
      source.focus();
      if (source.select) source.select();
    }
  }

  // --- palette --------------------------------------------------------------------------
  function filterPalette(words) {
    const wanted = words.trim().toLowerCase();
    let shown = 0;
    $$("[data-palette-links] li").forEach((row) => {
      row.hidden = !row.textContent.toLowerCase().includes(wanted);
      if (!row.hidden) shown += 1;
    });
    const none = $("[data-palette-none]");
    const heading = $("[data-palette-heading]");
    if (heading) heading.hidden = shown === 0;
    if (none) none.hidden = shown > 0 || Boolean($("#palette-hits a"));
    if (!wanted && $("#palette-hits")) $("#palette-hits").replaceChildren();
  }

  on("input", (event) => {
    if (event.target.id === "palette-q") filterPalette(event.target.value);
  });

  function paletteKeys(event) {
    const links = $$("#palette a").filter((link) => link.offsetParent !== null);
    const at = links.indexOf(document.activeElement);
    if (event.key === "Enter" && at < 0 && links[0]) { event.preventDefault(); links[0].click(); return; }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !links.length) return;
    event.preventDefault();
    if (at + step < 0) $("#palette-q").focus();
    else links[Math.min(at + step, links.length - 1)].focus();
  }

  // --- keys -----------------------------------------------------------------------------
  let afterG = 0;
  const typing = (element) => element.matches("input, textarea, select, [contenteditable]");

  function moveRow(step) {
    const links = $$("[data-rows] [data-row-link], [data-rows] tbody tr td:first-child a");
    if (!links.length) return;
    const at = links.indexOf(document.activeElement);
    links[Math.max(0, Math.min(at + step, links.length - 1))].focus();
  }

  function singleKey(event) {
    if (Date.now() - afterG < 1500) {
      afterG = 0;
      const link = $$("#shell-nav [data-key]").find((item) => item.dataset.key === event.key);
      if (link) { event.preventDefault(); link.click(); return; }
    }
    if (event.key === "g") afterG = Date.now();
    else if (event.key === "j") moveRow(1);
    else if (event.key === "k") moveRow(-1);
    else if (event.key === "?") openDialog("keys");
    else if (event.key === "/") {
      event.preventDefault();
      const field = $("[data-find]");
      if (field) field.focus(); else openDialog("palette");
    }
  }

  on("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openDialog("palette");
      return;
    }
    if (event.key === "Escape") {
      const menu = $("details[data-menu][open]");
      if (menu) { menu.removeAttribute("open"); $("summary", menu).focus(); }
      if (document.body.classList.contains("nav-open")) toggleNav(false);
    }
    if (event.target.closest("#palette")) { paletteKeys(event); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.target.closest("dialog") || store.get("mainstay-keys") === "off") return;
    singleKey(event);
  });

  on("change", (event) => {
    if (event.target.matches("[data-keys-switch]")) store.set("mainstay-keys", event.target.checked ? "on" : "off");
  });

  // --- htmx: token, failures, focus and counts after a swap -------------------------------
  on("htmx:configRequest", (event) => {
    const token = $("meta[name=csrf-token]");
    if (token && event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token.content;
  });

  // Empty filters stay out of the address; a new filter starts on the first page.
  on("htmx:configRequest", (event) => {
    const form = event.detail.elt.closest("[data-clean]");
    const sent = event.detail.formData;
    if (!form || !sent) return;
    [...sent.entries()].filter(([, value]) => value === "").forEach(([name]) => sent.delete(name));
  });

  on("htmx:responseError", (event) => {
    if (event.detail.xhr.status === 401) { window.location.reload(); return; }
    const id = event.detail.xhr.getResponseHeader("X-Request-ID");
    toast($("#toasts").dataset.failed + (id ? ` (${id})` : ""), "error");
  });
  on("htmx:sendError", () => toast($("#toasts").dataset.offline, "error"));

  on("htmx:afterSettle", (event) => {
    const region = event.detail.target?.id ? document.getElementById(event.detail.target.id) : null;
    if (!region) return;
    const counted = region.matches("[data-announce]") ? region : $("[data-announce]", region);
    if (counted) announce(counted.dataset.announce);
    if (region.id === "palette-hits") filterPalette($("#palette-q").value);
    if (document.activeElement && document.activeElement !== document.body) return;
    // The control that asked is gone: a keyboard user must not fall back to the page's top.
    const heading = $("[aria-invalid=true], [data-focus], h1, h2, h3", region);
    if (!heading) return;
    if (!heading.matches("input, select, textarea")) heading.setAttribute("tabindex", "-1");
    heading.focus({ preventScroll: heading.getBoundingClientRect().top > 0 });
  });

  // Server-sent: HX-Trigger: {"toast": {"text": "...", "tone": "success", "undo": {...}}}
  on("toast", (event) => toast(event.detail.text, event.detail.tone, event.detail.undo));

  // --- on arrival ---------------------------------------------------------------------------
  $$(".toast-card").forEach(watch);
  const keysSwitch = $("[data-keys-switch]");
  if (keysSwitch) keysSwitch.checked = store.get("mainstay-keys") !== "off";
  const wrong = $("form:not([data-no-focus]) [aria-invalid=true]");
  if (wrong) wrong.focus();
})();
