"use strict";
// The table of all cases: opens the data inside the page, filters, sorts and pages it. The state
// lives in the URL hash (#cases?op=sum&outcome=raised&page=2), so every view can be shared.
// Text from an engine only ever reaches the page as textContent.
(() => {
  const PAGE = 100;
  const FILTERS = ["outcome", "op", "dtype", "device", "check"];
  const COLUMNS = ["id", "outcome", "op", "check", "dtype", "device", "oracle", "score",
    "resolution"];
  const NUMBERS = new Set(["score", "resolution"]);
  const $ = (id) => document.getElementById(id);

  async function unpack(id) {
    const bytes = Uint8Array.from(atob($(id).textContent), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
  }

  function element(name, text, attributes = {}) {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    for (const [k, v] of Object.entries(attributes)) made.setAttribute(k, v);
    return made;
  }

  // --- copy buttons -------------------------------------------------------------------------
  function addCopyButtons(root) {
    for (const block of root.querySelectorAll(".code[data-copy]")) {
      const button = element("button", "Copy", { type: "button", class: "copy" });
      const pre = block.querySelector("pre");
      button.setAttribute("aria-label", "Copy: " + pre.getAttribute("aria-label"));
      button.addEventListener("click", async () => {
        try {
          await navigator.clipboard.writeText(pre.textContent);
          button.textContent = "Copied";
        } catch {
          getSelection().selectAllChildren(pre);
          button.textContent = "Selected";
        }
        setTimeout(() => { button.textContent = "Copy"; }, 1500);
      });
      block.append(button);
    }
  }

  const listed = $("cases") !== null;  // a run that only timed engines has none

  // --- the cases ----------------------------------------------------------------------------
  let data;
  let found = [];

  function value(key, i) {
    if (key === "id") return data.id[i];
    if (NUMBERS.has(key)) return data[key][i];
    return data[key + "_words"][data[key][i]];
  }

  function shown(key, i) {
    const v = value(key, i);
    if (!NUMBERS.has(key)) return v;
    if (v < 0) return "–";
    if (v >= 1e300) return "∞";
    return v === 0 ? "0" : v >= 0.01 && v < 1e5 ? String(v) : v.toExponential();
  }

  function state() {
    const [name, query = ""] = location.hash.slice(1).split("?", 2);
    return name === "cases" ? new URLSearchParams(query) : null;
  }

  function go(changes) {
    const next = state() ?? new URLSearchParams();
    next.delete("program");
    for (const [k, v] of Object.entries(changes)) {
      if (v) next.set(k, v); else next.delete(k);
    }
    history.pushState(null, "", "#cases" + (next.size ? "?" + next : ""));
    draw(next);
  }

  function matches(query) {
    const tests = [];
    for (const key of FILTERS) {
      if (!query.get(key)) continue;
      const index = data[key + "_words"].indexOf(query.get(key));
      tests.push((i) => data[key][i] === index);
    }
    const words = (query.get("q") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length) {
      tests.push((i) => {
        const text = COLUMNS.slice(0, 7).map((k) => value(k, i)).join(" ").toLowerCase();
        return words.every((w) => text.includes(w));
      });
    }
    const rows = [];
    for (let i = 0; i < data.n; i++) if (tests.every((t) => t(i))) rows.push(i);
    return rows;
  }

  function sort(rows, by) {
    if (!by) return rows;
    const down = by.startsWith("-");
    const key = down ? by.slice(1) : by;
    if (!COLUMNS.includes(key)) return rows;
    const sign = down ? -1 : 1;
    const text = (a, b) => value(key, a).localeCompare(value(key, b));
    const number = (a, b) => value(key, a) - value(key, b);
    const compare = NUMBERS.has(key) ? number : text;
    return rows.sort((a, b) => sign * compare(a, b) || a - b);
  }

  function cell(key, i) {
    const text = shown(key, i);
    if (key === "outcome") {
      const [sign, kind] = data.outcomes[text];
      const made = element("td");
      const mark = element("span", undefined, { class: "mark " + kind });
      mark.append(element("span", sign, { class: "sym", "aria-hidden": "true" }), " " + text);
      made.append(mark);
      return made;
    }
    return element("td", text, NUMBERS.has(key) ? { class: "num" } : {});
  }

  function row(i, query) {
    const made = element("tr");
    const head = element("th", undefined, { scope: "row" });
    const name = element("code", value("id", i));
    if (data.outcomes[value("outcome", i)][2] === "pass") {
      head.append(name);
    } else {
      const next = new URLSearchParams(query);
      next.set("program", value("id", i));
      const link = element("a", undefined, { href: "#cases?" + next });
      link.append(name);
      head.append(link);
    }
    made.append(head, ...COLUMNS.slice(1).map((k) => cell(k, i)));
    return made;
  }

  function draw(query) {
    found = sort(matches(query), query.get("sort"));
    const pages = Math.max(1, Math.ceil(found.length / PAGE));
    const page = Math.min(pages, Math.max(1, parseInt(query.get("page"), 10) || 1));
    const rows = found.slice((page - 1) * PAGE, page * PAGE);
    $("case-table").tBodies[0].replaceChildren(...rows.map((i) => row(i, query)));
    const all = data.n.toLocaleString("en");
    $("case-count").textContent = found.length === data.n
      ? `${all} cases`
      : `${found.length.toLocaleString("en")} of ${all} cases`;
    $("page-of").textContent = `page ${page} of ${pages}`;
    $("page-previous").disabled = page <= 1;
    $("page-next").disabled = page >= pages;
    $("page-previous").onclick = () => go({ page: String(page - 1) });
    $("page-next").onclick = () => go({ page: String(page + 1) });
    for (const key of FILTERS) $("f-" + key).value = query.get(key) ?? "";
    if (document.activeElement !== $("f-q")) $("f-q").value = query.get("q") ?? "";
    drawOrder(query.get("sort") ?? "");
    detail(query.get("program"));
  }

  function drawOrder(by) {
    for (const th of $("case-table").tHead.querySelectorAll("th")) {
      const key = th.dataset.key;
      const order = by === key ? "ascending" : by === "-" + key ? "descending" : null;
      if (order) th.setAttribute("aria-sort", order); else th.removeAttribute("aria-sort");
    }
  }

  function fillControls() {
    for (const key of FILTERS) {
      const counts = new Map();
      for (const n of data[key]) counts.set(n, (counts.get(n) ?? 0) + 1);
      const words = [...counts].map(([n, k]) => [data[key + "_words"][n], k]);
      words.sort((a, b) => a[0].localeCompare(b[0]));
      const select = $("f-" + key);
      select.append(new Option("all", ""));
      for (const [word, k] of words) {
        select.append(new Option(`${word} (${k.toLocaleString("en")})`, word));
      }
      select.addEventListener("change", () => go({ [key]: select.value, page: "" }));
    }
    let waiting;
    $("f-q").addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => go({ q: $("f-q").value.trim(), page: "" }), 150);
    });
    $("case-form").addEventListener("submit", (event) => event.preventDefault());
    $("case-form").addEventListener("reset", () => {
      history.pushState(null, "", "#cases");
      setTimeout(() => draw(new URLSearchParams()));
    });
    for (const th of $("case-table").tHead.querySelectorAll("th")) {
      const button = element("button", th.textContent, { type: "button", class: "order" });
      button.addEventListener("click", () => {
        const now = state()?.get("sort");
        go({ sort: now === "-" + th.dataset.key ? th.dataset.key : "-" + th.dataset.key });
      });
      th.replaceChildren(button);
    }
  }

  // --- one program in full ------------------------------------------------------------------
  let verdicts;

  async function detail(id) {
    const place = $("case-detail");
    if (!id) { place.replaceChildren(); return; }
    if (!verdicts) {
      const lines = (await unpack("records-data")).split("\n").filter(Boolean);
      const records = lines.map((line) => JSON.parse(line));
      const found = records.filter((r) => r.record === "verdict");
      verdicts = new Map(found.flatMap((r) => [r.id, ...(r.cases ?? [])].map((id) => [id, r])));
    }
    const v = verdicts.get(id);
    const title = element("h3", "Program " + id);
    const close = element("button", "Close", { type: "button", class: "close" });
    close.addEventListener("click", () => go({}));
    title.append(" ", close);
    if (!v) {
      place.replaceChildren(title, element("p",
        "It is not recorded in full: it shows the same as another program of its group."));
      return;
    }
    const parts = [title, element("p", v.message, { class: "message" })];
    const texts = [["Program", v.text], ["Script", v.script], ["Replay command", v.replay],
      ["Traceback", v.traceback]];
    for (const [label, text] of texts) {
      if (!text) continue;
      const block = element("div", undefined, { class: "code", "data-copy": "" });
      const pre = element("pre", undefined, { tabindex: "0", role: "group", "aria-label": label });
      pre.append(element("code", text));
      block.append(pre);
      parts.push(element("p", label, { class: "label" }), block);
    }
    place.replaceChildren(...parts);
    addCopyButtons(place);
    place.focus();
  }

  // --- the data as a download ---------------------------------------------------------------
  async function download() {
    const lines = (await unpack("records-data")).split("\n").filter(Boolean);
    const cases = [];
    for (let i = 0; i < data.n; i++) {
      cases.push(JSON.stringify({ record: "case",
        ...Object.fromEntries(COLUMNS.map((k) => [k, value(k, i)])) }));
    }
    lines.splice(1, 0, ...cases);
    const file = new Blob([lines.join("\n") + "\n"], { type: "application/x-ndjson" });
    const link = element("a", "", { download: "results.jsonl", href: URL.createObjectURL(file) });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  // --- links into the page ------------------------------------------------------------------
  function follow() {
    const query = listed && state();
    if (query) {
      draw(query);
      $("cases").scrollIntoView();
      return;
    }
    if (listed) draw(new URLSearchParams());
    const target = $(decodeURIComponent(location.hash.slice(1)));
    if (target instanceof HTMLDetailsElement) target.open = true;
  }

  async function start() {
    addCopyButtons(document);
    data = JSON.parse(await unpack("cases-data"));
    data.id = data.id_width
      ? data.id.match(new RegExp(`[^]{${data.id_width}}`, "gu")) ?? []
      : data.id.split(" ");
    if (listed) {
      fillControls();
      $("case-static").hidden = true;
      $("case-live").hidden = false;
    }
    $("download-line").hidden = false;
    $("download").addEventListener("click", download);
    addEventListener("hashchange", follow);
    addEventListener("popstate", follow);
    addEventListener("beforeprint", () => {
      for (const fold of document.querySelectorAll("details.fault")) fold.open = true;
    });
    follow();
    document.documentElement.dataset.ready = "yes";
  }

  start();
})();
