// The page of `recbox serve`: looks at the server that it came from, over its HTTP API, and at nothing else.
// All that comes from data goes into the page as text (`textContent`), never as markup.

const EVIDENCE = 5; // interactions named by an explanation
const WAIT = 150; // milliseconds without a key before a search is sent
const FOUND = 20; // rows of a search

const state = {
  mode: "user", // or "history": somebody whom the server doesn't know
  user: null, // {id, title}
  history: [], // of the new one, newest first: {item, title}
  answer: null, // of the last POST /recommend
  about: null,
};

const at = (id) => document.getElementById(id);

// ---- Ids and texts ----------------------------------------------------------------------------------------

/** JSON with whole numbers beyond 2^53 kept as they are written: ids may be such numbers. */
function read(text) {
  const exact = (_, value, context) =>
    typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? "")
      ? (JSON.rawJSON?.(context.source) ?? value)
      : value;
  return JSON.parse(text, exact);
}

/** What tells an id from another: the number 7 isn't the text "7". */
const key = (id) => JSON.stringify(id);

const written = (id) => (typeof id === "string" ? id : key(id));

const HIDDEN = new RegExp(
  String.raw`[\0-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e]` +
    String.raw`|[\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]`,
  "gu",
);

/** A text whose control characters, and those that turn its direction, can be seen and do nothing. */
function visible(text) {
  return String(text).replace(HIDDEN, (c) => {
    const code = c.codePointAt(0);
    if (code < 0x20) return String.fromCodePoint(0x2400 + code);
    return code === 0x7f ? "\u2421" : `\u27e8U+${code.toString(16).toUpperCase().padStart(4, "0")}\u27e9`;
  });
}

const plain = (id, title) => visible(title || written(id)) || "(empty)";

/** A number in few figures; scores are of any size. */
function figure(value) {
  if (typeof value !== "number") return "";
  const size = Math.abs(value);
  return size !== 0 && (size < 0.001 || size >= 1e6) ? value.toExponential(2) : value.toPrecision(3);
}

const many = (n, one, several = `${one}s`) => `${n.toLocaleString("en")} ${n === 1 ? one : several}`;

// ---- Elements ---------------------------------------------------------------------------------------------

/** An element with attributes, listeners (functions) and children (texts or elements). */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** A thing by its title and id, each with a direction of its own; beside the id, what else is to say. */
function named(id, title, ...beside) {
  const name = make("bdi", { class: "title" }, plain(id, title));
  const own = title && title !== written(id) ? make("bdi", { class: "id" }, plain(id)) : null;
  const more = beside.filter((part) => part !== null);
  const facts = own || more.length ? make("span", { class: "facts" }, own, ...more) : null;
  return make("span", { class: "named" }, name, facts);
}

/** A button whose name says which thing it is about, though only its verb is seen. */
function button(verb, about, attributes) {
  const unseen = about ? make("span", { class: "unseen" }, " ", make("bdi", {}, about)) : null;
  return make("button", { type: "button", ...attributes }, verb, unseen);
}

function say(id, text) {
  at(id).textContent = text;
  at(id).hidden = text === "";
}

/** Shows a refusal at a place of the page. */
function tell(id, refusal) {
  at(id).replaceChildren(...refusal.parts());
  at(id).hidden = false;
}

// ---- The server -------------------------------------------------------------------------------------------

/** What the server refused: its words, and the status it came with. */
class Refusal extends Error {
  constructor(status, error) {
    super(error.what || `the server answered ${status}`);
    this.status = status;
    this.where = String(error.where || "");
    this.why = String(error.why || "");
    this.instead = String(error.instead || "");
  }

  /** What went wrong, why (a caret may stand under a line of it), and what to do instead. */
  parts() {
    const lines = this.why.split("\n").map(visible);
    const why = this.why && make(lines.length > 1 ? "pre" : "span", {}, lines.join("\n"));
    const instead = this.instead && make("span", {}, `Instead: ${visible(this.instead)}`);
    return [make("strong", {}, visible(this.message)), why, instead].filter(Boolean);
  }
}

/** The answer to a request, read; a 401 asks for a token and tries again. */
async function ask(path, body, signal) {
  const response = await send(path, body, signal);
  const answer = read((await response.text()) || "{}");
  if (response.ok) return answer;
  if (response.status === 401 && (await gotToken())) return ask(path, body, signal);
  throw new Refusal(response.status, answer.error ?? {});
}

async function send(path, body, signal) {
  const headers = { accept: "application/json" };
  const token = sessionStorage.getItem("recbox-token");
  if (token) headers.authorization = `Bearer ${token}`;
  if (body) headers["content-type"] = "application/json";
  const options = { method: body ? "POST" : "GET", headers, signal, cache: "no-store", credentials: "omit" };
  try {
    return await fetch(path, { ...options, body: body ? JSON.stringify(body) : undefined });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal(0, { what: "the server can't be reached", instead: "try again" });
  }
}

const running = {};

/** Like `ask`, but an earlier request for the same place is given up; null where this one was. */
async function latest(place, path, body) {
  running[place]?.abort();
  const mine = (running[place] = new AbortController());
  try {
    const answer = await ask(path, body, mine.signal);
    return mine.signal.aborted ? null : answer;
  } catch (error) {
    if (mine.signal.aborted) return null;
    throw error;
  }
}

let asking = null;

/** Whether a token was entered; requests that are refused at once share one dialog. */
function gotToken() {
  asking ??= new Promise((resolve) => {
    const dialog = at("token-dialog");
    say("token-error", sessionStorage.getItem("recbox-token") ? "The server doesn't take this token." : "");
    at("token").value = "";
    const closed = () => {
      asking = null;
      resolve(dialog.returnValue === "given");
    };
    dialog.addEventListener("close", closed, { once: true });
    dialog.returnValue = "";
    dialog.showModal();
  });
  return asking;
}

function takeToken(event) {
  event.preventDefault();
  sessionStorage.setItem("recbox-token", at("token").value.trim());
  at("token-dialog").close("given");
}

/** Runs what a click or a key asked for; a refusal is shown, whatever it is about. */
async function run(task) {
  say("notice", "");
  try {
    await task();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    tell("notice", error);
  }
}

// ---- The search -------------------------------------------------------------------------------------------

const search = { options: [], active: -1, timer: 0 };

function kind() {
  return state.mode === "user" ? "user" : "item";
}

async function find() {
  const path = `search?kind=${kind()}&limit=${FOUND}&q=${encodeURIComponent(at("search").value)}`;
  const answer = await latest("search", path);
  if (answer && document.activeElement === at("search")) showFound(answer.found);
}

function findSoon() {
  clearTimeout(search.timer);
  search.timer = setTimeout(() => run(find), WAIT);
}

function showFound(found) {
  search.options = found;
  const rows = found.map((row, n) => {
    const told = { role: "option", id: `found-${n}`, "aria-selected": "false" };
    return make("li", { ...told, click: (event) => pick(event, n) }, named(row.id, row.title));
  });
  at("found").replaceChildren(...rows);
  at("found").hidden = found.length === 0;
  at("search").setAttribute("aria-expanded", String(found.length > 0));
  const count = `${many(found.length, "match", "matches")}, choose with the arrow keys`;
  at("search-note").textContent = found.length ? count : "Nothing found.";
  activate(-1);
}

function closeFound() {
  clearTimeout(search.timer);
  running.search?.abort();
  search.options = [];
  at("found").replaceChildren();
  activate(-1);
  at("found").hidden = true;
  at("search").setAttribute("aria-expanded", "false");
  at("search-note").textContent = "";
}

/** Marks a row of the search as the one that Enter takes. */
function activate(n) {
  search.active = n;
  [...at("found").children].forEach((row, i) => row.setAttribute("aria-selected", String(i === n)));
  if (n < 0) return at("search").removeAttribute("aria-activedescendant");
  at("search").setAttribute("aria-activedescendant", `found-${n}`);
  at("found").children[n].scrollIntoView({ block: "nearest" });
}

function steer(event) {
  if (event.isComposing) return;
  const open = search.options.length;
  const moves = { ArrowDown: search.active + 1, ArrowUp: search.active < 0 ? open - 1 : search.active - 1 };
  if (event.key in moves) {
    event.preventDefault();
    if (open) activate((moves[event.key] + open) % open);
    else run(find);
  } else if (event.key === "Enter" && open) {
    pick(event, Math.max(search.active, 0));
  } else if (event.key === "Escape") {
    closeFound();
  }
}

function pick(event, n) {
  event.preventDefault();
  const row = search.options[n];
  at("search").value = "";
  closeFound();
  if (state.mode === "user") run(() => choose(row));
  else run(() => take({ item: row.id, title: row.title }));
}

// ---- For whom ---------------------------------------------------------------------------------------------

async function choose(user) {
  state.user = user;
  state.answer = null;
  await Promise.all([showHistory(), recommend()]);
}

async function changeMode(event) {
  state.mode = event.target.value;
  state.answer = null;
  closeFound();
  at("search").value = "";
  at("search-label").textContent = state.mode === "user" ? "Find a user" : "Find an item to add";
  at("begin").hidden = state.mode === "user";
  await Promise.all([showHistory(), recommend(), state.mode === "history" ? offer() : null]);
}

/** Items to click on, for somebody who has nothing yet. */
async function offer() {
  const answer = await latest("offers", `search?kind=item&limit=${FOUND}&q=`);
  if (!answer) return;
  const had = new Set(state.history.map((row) => key(row.item)));
  const rows = answer.found.filter((row) => !had.has(key(row.id))).slice(0, 12);
  at("offers").replaceChildren(...rows.map(offered));
}

function offered(row) {
  const add = () => run(() => take({ item: row.id, title: row.title }));
  const name = make("bdi", {}, plain(row.id, row.title));
  return make("li", {}, make("button", { type: "button", class: "quiet small", click: add }, name));
}

/** What the one in question did: as the server knows it, or as it was clicked together here. */
async function showHistory() {
  const known = state.mode === "user";
  at("history-heading").textContent = known ? "What they took" : "What was taken";
  const rows = known ? await historyOfUser() : state.history;
  if (rows === null) return;
  at("history").replaceChildren(...rows.map((row) => taken(row, known)));
  at("history-note").textContent = noteOfHistory(known, rows.length);
}

async function historyOfUser() {
  if (!state.user) return [];
  const answer = await latest("history", "history", { user: state.user.id });
  return answer && answer.items;
}

function noteOfHistory(known, count) {
  if (known && !state.user) return "Choose a user first.";
  if (count) return `${many(count, "item")}, newest first`;
  return known ? "Nothing that the server knows of." : "Nothing yet: search for items, or click on them.";
}

function taken(row, known) {
  const remove = () => run(() => drop(row));
  const how = { class: "quiet small", click: remove };
  const end = known ? null : button("Remove", plain(row.item, row.title), how);
  return make("li", {}, named(row.item, row.title, since(row)), end);
}

/** Marks what came in after the method was trained. */
function since(row) {
  return row.source === "event" ? make("span", { class: "change new" }, "since training") : null;
}

/** An item is taken: an event of a known user, a further item in the history of a new one. */
async function take(row) {
  if (state.mode === "user") await post(row);
  else state.history = [row, ...state.history.filter((other) => key(other.item) !== key(row.item))];
  await afterwards();
}

async function drop(row) {
  state.history = state.history.filter((other) => other !== row);
  at("history-heading").focus();
  await afterwards();
}

async function afterwards() {
  await Promise.all([showHistory(), recommend({ compare: true }), state.mode === "history" ? offer() : null]);
}

async function post(row) {
  const event = { event_id: identifier(), user: state.user.id, item: row.item };
  const needed = state.about.event;
  if (needed.weight_needed) event.weight = Math.max(needed.threshold ?? 1, 1);
  if (needed.behaviour_needed) event.behaviour = needed.behaviours[0];
  const listed = state.answer?.items.some((other) => key(other.item) === key(row.item));
  if (listed) event.recommendation_id = state.answer.recommendation_id;
  await ask("events", { events: [event] });
}

/** Names an event, so that sending it twice counts once. (`crypto.randomUUID` is for HTTPS alone.) */
function identifier() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

/** Whom a request is about; a history is sent with the newest last. */
function subject() {
  if (state.mode === "user") return { user: state.user.id };
  return { history: state.history.map((row) => row.item).reverse() };
}

const somebody = () => (state.mode === "user" ? state.user !== null : state.history.length > 0);

// ---- The list ---------------------------------------------------------------------------------------------

function wish() {
  const asked = { ...subject(), k: Math.max(1, Math.trunc(Number(at("k").value)) || 10) };
  const where = at("where").value.trim();
  const diversity = Number(at("diversity").value);
  if (where) asked.where = where;
  if (diversity > 0) asked.diversity = diversity;
  return asked;
}

/** Asks for the list and shows it; `compare`: with what changed since the last one. */
async function recommend({ compare = false } = {}) {
  acceptWhere();
  if (!somebody()) return nobody();
  at("list").setAttribute("aria-busy", "true");
  try {
    const before = compare ? state.answer : null;
    const answer = await latest("list", "recommend", wish());
    if (answer) showList(answer, before);
  } catch (error) {
    showRefusal(error);
  } finally {
    at("list").removeAttribute("aria-busy");
  }
}

function nobody() {
  running.list?.abort();
  state.answer = null;
  at("heading").textContent = "Recommendations";
  const first = state.mode === "user" ? "Choose a user" : "Add an item";
  at("status").textContent = `${first} to see a list.`;
  at("list").replaceChildren();
}

/** A refusal of the condition stands beside the condition, any other above the page. */
function showRefusal(error) {
  at("status").textContent = "";
  if (!(error instanceof Refusal) || !/\bwhere\b/.test(error.where)) throw error;
  at("list").replaceChildren();
  state.answer = null;
  tell("where-error", error);
  at("where").setAttribute("aria-invalid", "true");
}

function acceptWhere() {
  say("where-error", "");
  at("where").removeAttribute("aria-invalid");
}

function showList(answer, before) {
  state.answer = answer;
  const changes = compared(answer.items, before?.items);
  at("heading").replaceChildren(...title());
  at("list").replaceChildren(...answer.items.map((row) => listed(row, changes.get(key(row.item)))));
  at("status").textContent = summary(answer, before, changes);
  if (matchMedia("(min-width: 861px)").matches) at("list").querySelector("[data-why]")?.click();
}

function title() {
  if (state.mode === "history") return ["Recommendations for someone new"];
  return ["Recommendations for ", make("bdi", {}, plain(state.user.id, state.user.title))];
}

/** What became of each item since the list before: new, so many places up (positive) or down, or null. */
function compared(items, before) {
  if (!before) return new Map();
  const ranks = new Map(before.map((row) => [key(row.item), row.rank]));
  const change = ({ item, rank }) => (ranks.has(key(item)) ? ranks.get(key(item)) - rank : "new");
  return new Map(items.map((row) => [key(row.item), change(row)]));
}

function summary(answer, before, changes) {
  const n = answer.items.length;
  const base = n ? `${many(n, "item")}, version ${visible(answer.version)}.` : "No item fits.";
  const how = answer.folded && state.mode === "user" ? " It knows what they did since training." : "";
  if (!before) return base + how;
  const fresh = [...changes.values()].filter((change) => change === "new").length;
  const moved = [...changes.values()].filter((change) => change !== "new" && change !== 0).length;
  return `${base}${how} Changed: ${fresh} new, ${moved} moved.`;
}

function listed(row, change) {
  const panel = make("div", { class: "panel", id: `panel-${row.rank}`, hidden: true });
  const score = make("span", {}, `score ${figure(row.score)}`);
  const rank = make("span", { class: "rank" }, String(row.rank));
  const name = named(row.item, row.title, score, said(change));
  const line = make("div", { class: "row" }, rank, name, buttons(row, panel));
  return make("li", { class: change === "new" ? "fresh" : null }, line, panel);
}

/** What can be done with a row of the list, as far as the method can. */
function buttons(row, panel) {
  const about = plain(row.item, row.title);
  const can = state.about.method;
  const opens = (show) => ({
    class: "quiet", "aria-expanded": "false", "aria-controls": panel.id,
    click: (event) => toggle(event.currentTarget, panel, () => show(panel, row)),
  });
  const takes = { class: "tinted", "data-take": true, click: () => run(() => takeListed(row)) };
  return make("div", { class: "buttons" },
    can.explain ? button("Why", about, { ...opens(explain), "data-why": true }) : null,
    can.similar ? button("Similar", about, opens(similar)) : null,
    button(verb(), about, takes),
  );
}

const verb = () => (state.mode === "user" ? "I took this" : "Add");

function said(change) {
  if (change === undefined || change === 0) return null;
  if (change === "new") return make("span", { class: "change new" }, "new");
  const way = change > 0 ? "up" : "down";
  const arrow = make("span", { "aria-hidden": "true" }, change > 0 ? "\u25b2 " : "\u25bc ");
  const heard = make("span", { class: "unseen" }, `${way} `);
  return make("span", { class: `change ${way}` }, arrow, heard, String(Math.abs(change)));
}

/** The item leaves the list; whoever pressed the key goes on at the same place of it. */
async function takeListed(row) {
  await take(row);
  const rows = at("list").querySelectorAll("[data-take]");
  (rows[Math.min(row.rank, rows.length) - 1] ?? at("heading")).focus();
}

/** Opens a row's panel with what a button shows, or closes it where it shows just that. */
function toggle(pressed, panel, show) {
  const open = pressed.getAttribute("aria-expanded") === "true";
  for (const other of pressed.parentElement.querySelectorAll("[aria-expanded]"))
    other.setAttribute("aria-expanded", "false");
  panel.hidden = open;
  if (open) return;
  pressed.setAttribute("aria-expanded", "true");
  panel.replaceChildren(make("p", { class: "muted", role: "status" }, "One moment\u2026"));
  run(show);
}

/** Fills a panel; a refusal stands in it. */
async function fill(panel, work) {
  const mine = (panel.pending = {});
  const parts = await work().catch((error) => {
    if (error instanceof Refusal) return [make("div", { class: "error" }, ...error.parts())];
    throw error;
  });
  if (panel.pending === mine) panel.replaceChildren(...parts.filter((part) => part !== null));
}

// ---- Why, and what is similar -----------------------------------------------------------------------------

const METHODS = {
  exact: "All of it adds up to the score.",
  "integrated gradients": "Found by integrated gradients, which add up to the score but for the remainder.",
  "leave-one-out": "Each figure is what the score loses without that one; they needn\u2019t add up.",
};

function explain(panel, row) {
  return fill(panel, async () => {
    const answer = await ask("explain", { ...subject(), item: row.item, top: EVIDENCE });
    const held = answer.held ? ` Taken as it is: ${visible(answer.held)}.` : "";
    return [
      make("p", { class: "sentence" }, make("bdi", {}, visible(answer.sentence ?? ""))),
      evidence(answer),
      make("p", { class: "muted" }, METHODS[answer.method] ?? "", held),
      drawing(answer.svg, row),
      deletion(answer.deletion),
      paths(answer.paths ?? []),
    ];
  });
}

/** The interactions that carried the score, as bars with numbers beside them, and what else is in it. */
function evidence(answer) {
  const strongest = answer.evidence.slice(0, EVIDENCE);
  const largest = Math.max(...strongest.map((e) => Math.abs(e.contribution)), Number.MIN_VALUE);
  const drawn = (e) => contributed(named(e.item, e.title), e.contribution, bar(e.contribution / largest));
  const others = leftOver(answer).map(([name, value]) => contributed(name, value, ""));
  const caption = make("caption", {}, `What carried the score of ${figure(answer.score)}`);
  return make("table", { class: "evidence" }, caption, make("tbody", {}, ...strongest.map(drawn), ...others));
}

/** What a score is made of beside the strongest evidence: names and figures. */
function leftOver(answer) {
  const others = answer.evidence.slice(EVIDENCE);
  const sum = others.reduce((total, e) => total + e.contribution, 0);
  const rest = Object.entries(answer.rest ?? {}).map(([name, value]) => [visible(name), value]);
  const remainder = Math.abs(answer.residual ?? 0) > 1e-5 ? [["remainder", answer.residual]] : [];
  return [...(others.length ? [[many(others.length, "other interaction"), sum]] : []), ...rest, ...remainder];
}

/** A bar as long as a share of the largest; it says no more than the number beside it. */
function bar(share) {
  const line = make("span", { class: share < 0 ? "bar minus" : "bar", "aria-hidden": "true" });
  line.style.width = `${100 * Math.abs(share)}%`;
  return line;
}

function contributed(name, value, drawn) {
  const head = make("th", { scope: "row" }, name);
  return make("tr", {}, head, make("td", {}, drawn), make("td", {}, signed(value)));
}

const signed = (value) => (value > 0 ? "+" : "") + figure(value);

/** The subgraph, as a picture: what is in a picture runs no script and loads nothing. */
function drawing(svg, row) {
  if (!svg) return null;
  const source = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  const free = () => URL.revokeObjectURL(source);
  const alt = `Graph of what leads to ${plain(row.item, row.title)}; the table says the same in figures.`;
  const picture = make("img", { src: source, alt, load: free, error: free });
  const caption = make("figcaption", {}, "The part of the graph that the score came through.");
  const wide = { class: "scroll", tabindex: "0", role: "group", "aria-label": "The drawing" };
  return make("figure", { class: "drawing" }, make("div", wide, picture), caption);
}

/** What the score is without the evidence, against other interactions drawn at random. */
function deletion(tested) {
  if (!tested) return null;
  const n = many(tested.items.length, "strongest interaction");
  const ranks = `the rank from ${tested.rank_before} to ${tested.rank_after}`;
  const scores = `the score goes from ${figure(tested.before)} to ${figure(tested.after)}`;
  const drawn = `${figure(tested.random)}, rank ${figure(tested.random_rank)}`;
  const beside = tested.random === null ? "" : ` Without as many others, drawn at random: ${drawn}.`;
  return make("p", { class: "muted" }, `Without the ${n} ${scores}, ${ranks}.${beside}`);
}

function paths(found) {
  if (!found.length) return null;
  const summary = make("summary", {}, many(found.length, "path"));
  return make("details", {}, summary, make("ul", { class: "paths" }, ...found.map(path)));
}

function path(row) {
  const from = make("bdi", {}, plain(row.item, row.title));
  return make("li", {}, from, " \u2192 ", ...way(row), ` ${signed(row.contribution)}`);
}

/** What lies between the evidence and the item. */
function way(path) {
  if (path.by === "others") return [many(path.count, "other")];
  if (path.by === "vectors") return ["what their vectors have in common"];
  return [`${visible(path.by)} `, make("bdi", {}, plain(path.node, path.node_title))];
}

function similar(panel, row) {
  return fill(panel, async () => {
    const answer = await ask("similar", { items: [row.item], k: EVIDENCE });
    const rows = answer.items[0]?.similar ?? [];
    if (!rows.length) return [make("p", { class: "muted" }, "Nothing is similar to it.")];
    return [make("h3", {}, "Similar items"), make("ol", { class: "alike" }, ...rows.map(alike))];
  });
}

function alike(row) {
  const click = () => run(() => take(row).then(() => at("heading").focus()));
  const adds = button(verb(), plain(row.item, row.title), { class: "tinted small", click });
  return make("li", {}, named(row.item, row.title), adds);
}

// ---- The condition ----------------------------------------------------------------------------------------

/** Columns that a condition may name, to be clicked into it. */
function showColumns(columns) {
  at("column-list").replaceChildren(...columns.map(column));
  at("columns").hidden = columns.length === 0;
}

function column({ name, type }) {
  const word = /^[^\s"'`<>=!(),]+$/.test(name) ? name : `\`${name}\``;
  const told = [make("bdi", {}, visible(name)), make("span", { class: "muted" }, ` ${visible(type)}`)];
  const how = { type: "button", class: "quiet small", click: () => put(word) };
  return make("li", {}, make("button", how, ...told));
}

/** Writes a word where the cursor is. */
function put(word) {
  const field = at("where");
  const glued = /\S$/.test(field.value.slice(0, field.selectionStart));
  field.setRangeText(`${glued ? " " : ""}${word} `, field.selectionStart, field.selectionEnd, "end");
  field.focus();
}

// ---- The beginning ----------------------------------------------------------------------------------------

async function begin() {
  state.about = await ask("about");
  const { name, version, users, items, columns, method } = state.about;
  at("name").textContent = visible(name);
  document.title = `${visible(name)} \u00b7 recbox`;
  at("about").textContent = `${many(users, "user")}, ${many(items, "item")}, version ${visible(version)}`;
  document.querySelector("[name=mode][value=history]").disabled = !method.fold;
  say("fold-note", method.fold ? "" : `No lists for somebody new: ${visible(method.why.fold ?? "")}`);
  showColumns(columns);
  nobody();
  await showHistory();
}

function listen() {
  const on = (id, event, act) => at(id).addEventListener(event, act);
  for (const radio of document.querySelectorAll("[name=mode]"))
    radio.addEventListener("change", (event) => run(() => changeMode(event)));
  on("search", "input", findSoon);
  on("search", "focus", () => run(find));
  on("search", "keydown", steer);
  on("search", "blur", closeFound);
  on("found", "mousedown", (event) => event.preventDefault()); // the focus stays where it is
  on("narrow", "submit", (event) => {
    event.preventDefault();
    run(recommend);
  });
  on("diversity", "input", () => (at("diversity-value").value = at("diversity").value));
  on("token-form", "submit", takeToken);
  on("token-cancel", "click", () => at("token-dialog").close(""));
}

listen();
run(begin);
