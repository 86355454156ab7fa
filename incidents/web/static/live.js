"use strict";
(() => {
  const root = document.documentElement;
  let offset = 0;
  const two = (n) => String(n).padStart(2, "0");
  const span = (s) => {
    const d = Math.floor(s / 86400), h = Math.floor(s / 3600) % 24, m = Math.floor(s / 60) % 60;
    if (d) return `${d} d ${h} h`;
    return h ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
  };
  const tick = () => {
    const now = Date.now() + offset;
    for (const e of document.querySelectorAll("[data-due]")) {
      const left = Math.floor((e.dataset.due - now) / 1000);
      e.textContent = left < 0 ? `overdue ${span(-left)}` : `in ${span(left)}`;
      e.classList.toggle("late", left < 0);
      e.classList.toggle("soon", left >= 0 && left < 300);
    }
    for (const e of document.querySelectorAll("[data-since]"))
      e.textContent = span(Math.max(0, Math.floor((now - e.dataset.since) / 1000)));
  };
  const local = () => {
    const today = new Date(Date.now() + offset).toDateString();
    for (const e of document.querySelectorAll("time[datetime]:not([title])")) {
      const t = new Date(e.dateTime);
      const day = t.toDateString() === today ? "" : t.toLocaleDateString([], { weekday: "short", day: "numeric", month: "short" }) + " ";
      e.title = e.textContent;
      e.textContent = day + t.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
    }
  };
  const sync = (now) => {
    offset = now - Date.now();
    local();
    tick();
  };
  const busy = (e) => e.contains(document.activeElement) && document.activeElement !== document.body
    || [...e.querySelectorAll("input:not([type=hidden])")].some((i) => i.value !== i.defaultValue);
  const renew = async () => {
    if (document.hidden) return;
    const note = document.getElementById("fresh");
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      if (!answer.ok) throw new Error(answer.status);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const e of document.querySelectorAll("[data-live]")) {
        const other = page.getElementById(e.id);
        if (!other || e.dataset.was === other.innerHTML || busy(e)) continue;
        const open = new Set([...e.querySelectorAll("details[open]")].map((d) => d.id));
        e.dataset.was = other.innerHTML;
        e.replaceChildren(...other.cloneNode(true).childNodes);
        for (const d of e.querySelectorAll("details")) d.open = d.open || open.has(d.id);
      }
      document.title = page.title;
      note.textContent = "";
      sync(Number(page.documentElement.dataset.now));
    } catch {
      note.textContent = "No connection: this page may be out of date.";
    }
  };
  for (const e of document.querySelectorAll("[data-live]")) e.dataset.was = e.innerHTML;
  sync(Number(root.dataset.now));
  setInterval(tick, 1000);
  setInterval(renew, 10000);
  document.addEventListener("visibilitychange", renew);
})();
