// Enhancements only: every page works without this file.
(() => {
  "use strict";
  const root = document.documentElement;
  const remember = (key, value) => { try { return value === undefined ? localStorage.getItem(key) : localStorage.setItem(key, value); } catch { return null; } };
  const chosen = remember("doorbook-theme");
  if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
  root.classList.add("js");

  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const typing = (el) => el && (/^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName) || el.isContentEditable);

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

  const keys = { o: "Overview", c: "Clients", p: "People", t: "Grants and tokens", a: "Access list", l: "Audit" };
  function help() {
    const box = document.createElement("dialog");
    const title = document.createElement("h2");
    title.textContent = "Keys";
    const list = document.createElement("dl");
    [["/", "Search"], ...Object.entries(keys).map(([k, v]) => ["g " + k, v]), ["?", "This list"]].forEach(([k, v]) => {
      const dt = document.createElement("dt"), dd = document.createElement("dd");
      dt.className = "mono"; dt.textContent = k; dd.textContent = v; list.append(dt, dd);
    });
    const form = document.createElement("form"), close = document.createElement("button");
    form.method = "dialog"; close.className = "btn"; close.textContent = "Close"; form.append(close);
    box.append(title, list, form);
    box.addEventListener("close", () => box.remove());
    document.body.append(box);
    box.showModal();
  }

  let going = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
    if (event.key === "/") {
      const field = all("input[type=search]").find((el) => el.offsetParent);
      if (field) { event.preventDefault(); field.focus(); field.select(); }
    } else if (event.key === "?") help();
    else if (event.key === "g") going = Date.now();
    else if (Date.now() - going < 1500 && keys[event.key]) {
      const link = document.querySelector('.contents a[data-key="' + event.key + '"]');
      if (link) location.assign(link.href);
    }
  });

  document.addEventListener("DOMContentLoaded", () => {
    const local = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
    all("time[datetime]").forEach((el) => {
      const at = new Date(el.dateTime);
      if (!Number.isNaN(at.getTime())) el.title = local.format(at) + (el.title ? " (" + el.title + ")" : "");
    });
    document.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      if (button.matches("[data-copy], [data-from]")) copy(button);
      else if (button.matches(".theme")) theme();
      else if (button.matches("[data-clear]")) {
        all(".pick:checked, .pick-all").forEach((box) => { box.checked = false; });
        if (button.form) counted(button.form);
      }
    });
    document.addEventListener("change", (event) => {
      const box = event.target;
      if (box.matches(".pick-all")) all(".pick").forEach((other) => { if (other.form === box.form) other.checked = box.checked; });
      if (box.matches(".pick, .pick-all") && box.form) counted(box.form);
    });
    all(".picks").forEach((form) => counted(form));
    const send = document.querySelector("form[data-send]");
    if (send) send.submit();
    const focus = document.querySelector("[data-focus]");
    if (focus) focus.focus();
  });
})();
