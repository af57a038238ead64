// What a page can do beyond being read: colours, platforms, copying, searching. Without it the page is complete.
"use strict";
(function () {
  const root = document.documentElement;
  const base = root.dataset.root || "";
  const said = document.getElementById("said");

  function remember(name, value) {
    try {
      localStorage.setItem("certwhy." + name, value);
    } catch (error) {
      // Not remembered then.
    }
  }

  function element(tag, attributes, ...inside) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...inside);
    return made;
  }

  // Colours.
  const theme = document.querySelector("button.theme");
  const systemIsDark = window.matchMedia("(prefers-color-scheme: dark)");
  function isDark() {
    return root.dataset.theme ? root.dataset.theme === "dark" : systemIsDark.matches;
  }
  function tellTheme() {
    theme.setAttribute("aria-pressed", String(isDark()));
  }
  if (theme) {
    tellTheme();
    systemIsDark.addEventListener("change", tellTheme);
    theme.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      remember("theme", root.dataset.theme);
      tellTheme();
    });
  }

  // Platforms: each choice has a button for each of its blocks, and all choices of the page follow.
  const names = { linux: "Linux", windows: "Windows" };
  const buttons = [];
  for (const choice of document.querySelectorAll(".choice")) {
    const platforms = [...choice.children].map((block) => block.dataset.platform);
    for (const block of choice.children) {
      const group = element("span", { class: "platforms", role: "group", "aria-label": "Commands for" });
      for (const platform of platforms) {
        const button = element("button", { type: "button", "data-for": platform }, names[platform] || platform);
        button.addEventListener("click", () => choose(platform, choice));
        buttons.push(button);
        group.append(button);
      }
      block.querySelector(".bar .label").replaceWith(group);
    }
  }
  function tellPlatform() {
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.for === root.dataset.platform));
    }
  }
  function choose(platform, choice) {
    // What was clicked stays where it is, though blocks above it change their height.
    const before = choice.getBoundingClientRect().top;
    root.dataset.platform = platform;
    remember("platform", platform);
    tellPlatform();
    window.scrollBy(0, choice.getBoundingClientRect().top - before);
    const shown = choice.querySelector('.code[data-platform="' + platform + '"] [data-for="' + platform + '"]');
    if (shown) shown.focus({ preventScroll: true });
  }
  tellPlatform();

  // Copying.
  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch (error) {
      // Pages from files and plain HTTP have no clipboard: the old way.
      const area = element("textarea", { class: "unseen", "aria-hidden": "true", tabindex: "-1" });
      area.value = text;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  }
  for (const bar of document.querySelectorAll(".code > .bar")) {
    const pre = bar.parentElement.querySelector("pre");
    const button = element("button", { type: "button", class: "copy" }, "Copy");
    button.addEventListener("click", async () => {
      const done = await copy(pre.textContent.replace(/\n$/, ""));
      button.focus({ preventScroll: true });
      button.textContent = done ? "Copied" : "Select and copy";
      said.textContent = done ? "Copied" : "Copying is not possible here";
      setTimeout(() => {
        button.textContent = "Copy";
        said.textContent = "";
      }, 2000);
    });
    bar.append(button);
  }
  // Only what scrolls needs the keyboard.
  for (const box of document.querySelectorAll("pre[tabindex], .table[tabindex], .canvas[tabindex]")) {
    if (box.scrollWidth <= box.clientWidth && box.offsetParent !== null) box.removeAttribute("tabindex");
  }
  // A picture begins with what it is about.
  for (const canvas of document.querySelectorAll(".canvas")) {
    const here = canvas.querySelector(".here rect");
    if (here && canvas.scrollWidth > canvas.clientWidth) {
      const middle = Number(here.getAttribute("x")) + Number(here.getAttribute("width")) / 2;
      canvas.scrollLeft = middle - canvas.clientWidth / 2;
    }
  }
  // A link into a part that is folded unfolds it.
  function unfold() {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let part = target; part; part = part.parentElement) {
      if (part.tagName === "DETAILS") part.open = true;
    }
  }
  unfold();
  window.addEventListener("hashchange", unfold);

  // The search.
  const LONGEST = 4000;
  const kinds = {
    cause: "Cause", symptom: "Symptom", guide: "Guide", example: "Example", article: "Article",
    facts: "Facts", stages: "Causes", codes: "Error codes",
  };
  let loading = null;
  function load() {
    if (!loading) {
      loading = new Promise((resolve) => {
        const script = element("script", { src: base + "assets/search-index.js" });
        script.addEventListener("load", () => resolve(true));
        script.addEventListener("error", () => {
          loading = null;
          resolve(false);
        });
        document.head.append(script);
      });
    }
    return loading;
  }

  // Text in which the words that were looked for stand out.
  function marked(text, wanted) {
    const out = document.createDocumentFragment();
    let done = 0;
    for (const run of text.matchAll(/[\p{L}\p{N}]+/gu)) {
      if (!certwhySearch.words(run[0]).some((word) => wanted.has(word))) continue;
      out.append(text.slice(done, run.index), element("mark", {}, run[0]));
      done = run.index + run[0].length;
    }
    out.append(text.slice(done));
    return out;
  }

  function row(found, wanted) {
    const link = element("a", { href: base + found.address }, element("span", { class: "title" }, marked(found.title, wanted)));
    const note = element("span", { class: "note" }, element("span", { class: "kind" }, kinds[found.kind] || found.kind));
    if (found.message) note.append(" Error text: ", marked(found.message, wanted));
    else note.append(" ", marked(found.summary, wanted));
    link.append(note);
    return element("li", {}, link);
  }

  function begin(form) {
    const input = form.querySelector("input");
    const box = form.querySelector(".found");
    const whole = form.hasAttribute("data-whole");
    let asked = 0;

    async function show() {
      const query = input.value.slice(0, LONGEST);
      const mine = ++asked;
      if (query.trim() === "") return close();
      const ready = await load();
      if (mine !== asked) return;
      if (!ready) {
        box.replaceChildren(element("p", { class: "count" }, "The index of the search could not be loaded."));
        box.hidden = false;
        return;
      }
      const found = certwhySearch.find(query, whole ? 30 : 8);
      const wanted = new Set(certwhySearch.words(query));
      const list = element("ol", {}, ...found.map((one) => row(one, wanted)));
      const count = found.length === 0
        ? "Nothing found. Try the words of the error itself, or only its code."
        : found.length === 1 ? "1 page found" : found.length + (whole ? "" : " best") + " pages found";
      box.replaceChildren(element("p", { class: "count" }, count), list);
      if (!whole && found.length > 0) {
        const all = element("a", { class: "all", href: base + "search.html?q=" + encodeURIComponent(query) }, "All results");
        box.append(all);
      }
      box.hidden = false;
      said.textContent = count;
    }

    function close() {
      asked++;
      box.hidden = true;
      box.replaceChildren();
    }

    function move(by) {
      const links = [...box.querySelectorAll("a")];
      const at = links.indexOf(document.activeElement) + by;
      if (at < 0) input.focus();
      else if (at < links.length) links[at].focus();
    }

    input.addEventListener("focus", load, { once: true });
    input.addEventListener("input", show);
    // Several lines become one.
    input.addEventListener("paste", (event) => {
      const text = event.clipboardData ? event.clipboardData.getData("text") : "";
      if (!/[\r\n]/.test(text)) return;
      event.preventDefault();
      input.setRangeText(text.replace(/\s+/g, " ").trim().slice(0, LONGEST), input.selectionStart, input.selectionEnd, "end");
      show();
    });
    form.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        if (box.hidden) return;
        event.preventDefault();
        move(event.key === "ArrowDown" ? 1 : -1);
      } else if (event.key === "Escape" && !whole && !box.hidden) {
        event.preventDefault();
        input.focus();
        close();
      }
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (whole) {
        history.replaceState(null, "", "?q=" + encodeURIComponent(input.value.slice(0, LONGEST)));
        return show();
      }
      await show();
      const first = box.querySelector("ol a");
      if (first) location.assign(first.href);
    });
    if (!whole) {
      document.addEventListener("click", (event) => {
        if (!form.contains(event.target)) close();
      });
      form.addEventListener("focusout", (event) => {
        if (event.relatedTarget && !form.contains(event.relatedTarget)) close();
      });
    }
    const given = whole && new URLSearchParams(location.search).get("q");
    if (given) {
      input.value = given.slice(0, LONGEST);
      show();
    } else if (input.value) {
      // What a browser has kept from before.
      input.value = "";
    }
    return input;
  }

  const inputs = [...document.querySelectorAll("form.search")].map(begin);
  document.addEventListener("keydown", (event) => {
    const typing = /^(?:INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.target.isContentEditable;
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey || inputs.length === 0) return;
    event.preventDefault();
    inputs[0].focus();
    inputs[0].select();
  });
})();
