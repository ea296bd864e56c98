// Enhancements only: every page works without this file.
(() => {
  "use strict";
  const root = document.documentElement;
  const remember = (key, value) => {
    try { return value === undefined ? localStorage.getItem(key) : localStorage.setItem(key, value); } catch { return null; }
  };
  const chosen = remember("doorbook-theme");
  if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
  root.classList.add("js");

  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const seen = (el) => el.offsetParent !== null;
  const typing = (el) => el instanceof Element && el.matches("textarea, select, input:not([type=checkbox], [type=radio]), [contenteditable]");
  const make = (tag, text, className) => {
    const el = document.createElement(tag);
    if (text) el.textContent = text;
    if (className) el.className = className;
    return el;
  };

  function say(words) {
    const live = document.getElementById("say");
    if (live) { live.textContent = ""; setTimeout(() => { live.textContent = words; }, 30); }
  }

  async function copy(button) {
    const from = button.dataset.from && document.getElementById(button.dataset.from);
    const text = from ? from.textContent.trim() : button.dataset.copy;
    try { await navigator.clipboard.writeText(text); } catch {
      const range = document.createRange();
      if (!from) return say("Not copied");
      range.selectNodeContents(from);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      if (!document.execCommand("copy")) return say("Not copied");
    }
    const use = button.querySelector("use");
    if (use) { use.setAttribute("href", "#tick"); button.classList.add("done"); }
    setTimeout(() => { if (use) { use.setAttribute("href", "#copy"); button.classList.remove("done"); } }, 1600);
    say("Copied");
  }

  // A page that waits for somebody else: it asks every other second, and loads itself anew once there is something new.
  function waits(place) {
    const ask = async () => {
      try {
        const answer = await fetch(place.dataset.waits, { headers: { accept: "application/json" } });
        const over = answer.ok ? !(await answer.json()).waits : answer.status !== 429 && answer.status < 500;
        if (over) return location.reload();
      } catch { /* the server may be starting anew */ }
      setTimeout(ask, 2000);
    };
    setTimeout(ask, 2000);
  }

  function theme() {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    remember("doorbook-theme", root.dataset.theme);
    say(dark ? "Light colours" : "Dark colours");
  }

  function counted(form) {
    const picked = all(".pick:checked", document).filter((box) => box.form === form);
    const sum = (key) => picked.reduce((n, box) => n + Number(box.dataset[key] || 0), 0);
    all("[data-picked]", form).forEach((el) => { el.textContent = picked.length + " selected"; });
    all("[data-ends]", form).forEach((el) => {
      el.textContent = el.dataset.ends.replace("{grants}", sum("grants")).replace("{tokens}", sum("tokens"));
    });
  }

  // Keys: "/" searches, "g" and a letter goes, "?" lists them. The letters stand at the links of the contents.
  const places = () => new Map(all(".contents a[data-key]").map((link) => [link.dataset.key, link]));
  function help() {
    const box = make("dialog", "", "keys-list");
    const list = make("dl");
    const line = (keys, words) => {
      const dt = make("dt");
      keys.forEach((key) => dt.append(make("kbd", key)));
      list.append(dt, make("dd", words));
    };
    line(["/"], "Search over everything");
    places().forEach((link, key) => line(["g", key], link.querySelector("span").textContent));
    line(["?"], "This list");
    line(["Esc"], "Close it");
    const title = make("h2", "Keys");
    title.id = "keys-title";
    box.setAttribute("aria-labelledby", title.id);
    const form = make("form");
    form.method = "dialog";
    form.append(make("button", "Close", "btn"));
    box.append(title, list, form);
    box.addEventListener("close", () => box.remove());
    document.body.append(box);
    box.showModal();
  }

  let going = 0;
  document.addEventListener("keydown", (event) => {
    const busy = typing(event.target) || document.querySelector("dialog[open]");
    if (event.ctrlKey || event.metaKey || event.altKey || busy) return;
    if (event.key === "/") {
      const field = all("input[type=search]").find(seen);
      if (field) { event.preventDefault(); field.focus(); field.select(); }
    } else if (event.key === "?") help();
    else if (event.key === "g") going = Date.now();
    else if (Date.now() - going < 1500) {
      going = 0;
      const link = places().get(event.key);
      if (link) location.assign(link.href);
    }
  });

  // The search over everything: what would be found stands under the field while one types.
  function suggest(form) {
    const field = form.querySelector("input");
    const list = make("ul", "", "found");
    list.id = field.id + "-found";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "What was found");
    list.hidden = true;
    form.append(list);
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-controls", list.id);
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-expanded", "false");
    let asked = 0, at = -1, wait = 0;
    const show = (open) => {
      list.hidden = !open;
      field.setAttribute("aria-expanded", String(open));
      if (!open) { at = -1; field.removeAttribute("aria-activedescendant"); }
    };
    const mark = (to) => {
      const options = all("[role=option]", list);
      if (!options.length) return;
      at = (to + options.length) % options.length;
      options.forEach((option, n) => option.setAttribute("aria-selected", String(n === at)));
      field.setAttribute("aria-activedescendant", options[at].id);
      options[at].scrollIntoView({ block: "nearest" });
    };
    const look = async () => {
      const text = field.value.trim(), mine = ++asked;
      if (text.length < 2) return show(false);
      const answer = await fetch(form.action + "?list=1&q=" + encodeURIComponent(text)).catch(() => null);
      if (mine !== asked || !answer || !answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const options = all("[data-hit]", page).slice(0, 8).map((hit, n) => {
        const option = make("li");
        option.id = list.id + "-" + n;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.dataset.href = hit.getAttribute("href");
        const name = make("bdi", hit.textContent, hit.className);
        option.append(name, make("span", hit.dataset.hit, "soft"));
        return option;
      });
      if (mine !== asked) return;
      list.replaceChildren(...options);
      at = -1;
      show(options.length > 0);
      if (options.length) say(options.length === 1 ? "One found" : options.length + " found");
    };
    field.addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(look, 150); });
    field.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !list.hidden) { event.preventDefault(); show(false); }
      if (list.hidden) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        mark(event.key === "ArrowDown" ? at + 1 : at < 0 ? -1 : at - 1);
      } else if (event.key === "Enter" && at >= 0) {
        event.preventDefault();
        location.assign(list.children[at].dataset.href);
      }
    });
    list.addEventListener("pointerdown", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) { event.preventDefault(); location.assign(option.dataset.href); }
    });
    field.addEventListener("blur", () => setTimeout(() => show(false), 100));
  }

  const local = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
  function clocks(from) {
    all("time[datetime]", from).forEach((el) => {
      const at = new Date(el.dateTime);
      if (!Number.isNaN(at.getTime())) el.title = local.format(at) + (el.title ? " (" + el.title + ")" : "");
    });
  }

  // Lines of the log as they are written. What comes while somebody is in the list waits behind a button.
  function live(section) {
    const part = (name) => section.querySelector("[data-" + name + "]");
    const body = section.querySelector("tbody"), news = part("news"), read = part("read"), pulse = part("pulse");
    if (!body || !window.EventSource) return;
    const at = section.dataset.live, most = Math.max(20, body.rows.length);
    let day = body.querySelector(".day");
    let after = section.dataset.after, source = null, failed = 0, ended = false, waiting = [], unread = [];
    const show = () => {
      waiting.forEach((row) => {
        row.classList.add("new");
        if (day && day.cells[0].textContent !== row.day) {
          day = day.cloneNode(true);
          day.cells[0].textContent = row.day;
          body.prepend(day);
        }
        if (day) day.after(row);
        else body.prepend(row);
      });
      unread = unread.concat(waiting).slice(-20);
      waiting = [];
      while (body.rows.length > most) body.lastElementChild.remove();
      news.hidden = true;
      read.hidden = unread.length === 0;
    };
    const take = (event) => {
      after = event.lastEventId;
      const page = new DOMParser().parseFromString("<table>" + event.data + "</table>", "text/html");
      const row = document.adoptNode(page.querySelector("tr"));
      row.day = row.querySelector("time").title.split(",")[0];
      clocks(row);
      waiting.push(row);
      waiting = waiting.slice(-20);
      if (!body.matches(":hover") && !body.contains(document.activeElement)) return show();
      news.textContent = waiting.length === 1 ? "1 new line" : waiting.length + " new lines";
      news.hidden = false;
    };
    const shut = (words) => {
      if (source) source.close();
      source = null;
      pulse.textContent = words;
    };
    const open = () => {
      source = new EventSource(at + (at.includes("?") ? "&" : "?") + "after=" + after);
      source.addEventListener("open", () => { failed = 0; pulse.textContent = "New ones come by themselves."; });
      source.addEventListener("line", take);
      source.addEventListener("over", () => { ended = true; shut("No more come: you are signed out."); });
      source.addEventListener("error", () => {
        failed += 1;
        if (failed > 5) { ended = true; shut("No more come: the server does not answer."); }
      });
    };
    news.addEventListener("click", show);
    read.addEventListener("click", () => {
      say(unread.map((row) => row.querySelector("th").textContent).join(". "));
      unread = [];
      read.hidden = true;
    });
    // A browser has few connections to one server, and a tab that nobody sees needs none.
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) shut("");
      else if (!source && !ended) open();
    });
    addEventListener("pagehide", () => shut(""));
    open();
  }

  document.addEventListener("DOMContentLoaded", () => {
    clocks(document);
    all("[data-live]").forEach(live);
    document.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      if (button.matches("[data-copy], [data-from]")) copy(button);
      else if (button.matches(".keys")) help();
      else if (button.matches(".theme")) theme();
      else if (button.matches("[data-clear]")) {
        all(".pick:checked, .pick-all").forEach((box) => { box.checked = false; });
        if (button.form) counted(button.form);
      }
    });
    document.addEventListener("change", (event) => {
      const box = event.target;
      if (box.matches(".pick-all")) {
        all(".pick").filter((other) => other.form === box.form).forEach((other) => { other.checked = box.checked; });
      }
      if (box.matches(".pick, .pick-all") && box.form) counted(box.form);
    });
    all(".picks").forEach((form) => counted(form));
    all("form.find").forEach(suggest);
    all("[data-waits]").forEach(waits);
    const send = document.querySelector("form[data-send]");
    if (send) send.submit();
    const focus = document.querySelector("[data-focus]");
    if (focus) focus.focus();
  });
})();
