// Everybody, by size: search, names in place, merging by dropping one on another; strangers folded below.

import { h, fill, action, counted, faceImage, personLink } from "./dom.js";
import { asking } from "./asking.js";
import { Grid } from "./grid.js";
import { mergeInto, merge, nameField, nobodies } from "./names.js";
import { showOriginal } from "./dialogs.js";
import { store } from "./store.js";

const STRANGER = 2; // faces up to which somebody without a name is a stranger

export const peopleKeys = ["People", [
  ["← ↑ → ↓", "move"], ["Enter", "all faces of a person"], ["R", "rename"], ["Space", "tick"],
  ["M", "merge: who is this, or these?"], ["T", "merge with who looks the same"], ["X", "nobody who matters"], ["O", "original frame"], ["/", "search"],
  ["A", "show or fold the strangers"],
]];

let kept = { text: "", least: 1, open: false, name: "", place: 0 };

export function people(view) {
  const search = h("input", { type: "search", placeholder: "Search a name", "aria-label": "Search a name", value: kept.text });
  const least = h("input", { type: "number", min: "1", value: String(kept.least), "aria-label": "At least so many faces" });
  const count = h("p", { class: "count", "aria-live": "polite" });
  const bar = h("div", { class: "actions", role: "toolbar", "aria-label": "Ticked people" });
  const grid = new Grid({ label: "People", width: 160, height: (wide) => wide + 62, draw: card, ticks: false });
  const packed = new Grid({
    label: "Strangers", width: 92, height: (wide) => wide, draw: stranger, onTicks: drawBar,
    open: (name) => { location.hash = personLink(name); },
  });
  const fold = h("button", { type: "button", class: "fold", onclick: () => open(!kept.open) });
  const strangers = h("section", { class: "strangers", "aria-label": "Strangers" }, fold, packed.root);
  const empty = h("p", { class: "empty" });
  const ticked = new Set();
  let dragged = null;

  function card(name) {
    const { faces, cover, named } = store.people.get(name);
    const link = h("a", { href: personLink(name), class: "cover", "data-focus": "", draggable: "false",
      "aria-label": `${name}, ${counted(faces, "face")}` }, faceImage(cover));
    const tick = h("input", { type: "checkbox", tabIndex: -1, "aria-label": `Tick ${name}`, checked: ticked.has(name),
      onchange: (event) => toggle(name, event.target.checked) });
    const field = nameField(name, { done: follow, left: () => grid.go(grid.cursor) });
    field.tabIndex = -1; // R leads there; with Tab all names would have to be passed
    const twin = asking.twin(name);
    const element = h("div", { class: `card${named ? "" : " unnamed"}`, draggable: "true" },
      link, tick, field, h("small", {}, counted(faces, "face")),
      twin && h("button", { type: "button", class: "twin", tabIndex: -1, title: `${name} and ${twin} are one person`,
        "aria-label": `the same as ${twin}: merge`, onclick: () => join(name) }, `= ${twin.replace(/^person_/, "")}?`));
    element.addEventListener("dragstart", (event) => {
      if (event.target.matches?.("input")) return event.preventDefault();
      dragged = name;
      event.dataTransfer.setData("text/plain", name);
      event.dataTransfer.effectAllowed = "move";
    });
    element.addEventListener("dragend", () => { dragged = null; });
    element.addEventListener("dragover", (event) => {
      if (dragged && dragged !== name) {
        event.preventDefault();
        element.classList.add("under");
      }
    });
    element.addEventListener("dragleave", () => element.classList.remove("under"));
    element.addEventListener("drop", (event) => {
      event.preventDefault();
      element.classList.remove("under");
      if (dragged && dragged !== name) merge(ticked.has(dragged) ? [...ticked] : [dragged], name).then(() => toggle(name, false));
    });
    return element;
  }

  // Somebody and who looks the same are one person; a name that was given stays, or that of more faces.
  function join(name) {
    const other = asking.twin(name);
    if (!other) return;
    const [keep, gone] = [name, other].map((who) => store.people.get(who))
      .sort((a, b) => b.named - a.named || b.faces - a.faces);
    merge([gone.name], keep.name);
  }

  // Whoever was renamed keeps the focus, unless that is elsewhere by now.
  function follow(name) {
    const place = grid.items.indexOf(name);
    const away = document.activeElement !== document.body && !grid.root.contains(document.activeElement);
    if (place >= 0 && !away && !document.activeElement.matches(".name")) grid.go(place);
  }

  function stranger(name) {
    const { faces, cover } = store.people.get(name);
    return h("div", { "aria-label": `${name}, ${counted(faces, "face")}` }, faceImage(cover),
      faces > 1 && h("small", { class: "badge" }, String(faces)));
  }

  function toggle(name, on) {
    if (name === null) ticked.clear();
    else if (on) ticked.add(name);
    else ticked.delete(name);
    for (const [other, tile] of grid.tiles) tile.querySelector("[type=checkbox]").checked = ticked.has(other);
    drawBar();
  }

  // Who is meant: those that are ticked, or the one that has the focus.
  function meant() {
    if (packed.root.contains(document.activeElement) || packed.ticked.size) return packed.chosen;
    if (ticked.size) return [...ticked].filter((name) => store.people.has(name));
    return grid.root.contains(document.activeElement) && grid.current ? [grid.current] : [];
  }

  // Who is gone afterwards is ticked no more; others may have been ticked while the answer was on its way.
  function mergeMeant() {
    const those = meant();
    if (those.length) mergeInto(those);
  }
  function nobodyMeant() {
    const those = meant();
    if (those.length) nobodies(those);
  }
  function clear() {
    packed.tickAll(false);
    toggle(null);
  }

  function drawBar() {
    const number = ticked.size + packed.ticked.size;
    fill(bar, h("b", {}, `${number} ticked`), action("Who is this?", "M", mergeMeant, "main"),
      action("Nobody", "X", nobodyMeant), packed.ticked.size > 0 && action("Tick all strangers", "", () => packed.tickAll()),
      action("Clear", "Esc", clear));
    bar.classList.toggle("shown", number > 0);
  }

  function open(on) {
    kept.open = on;
    draw(null);
    if (on) packed.go(0);
  }

  function draw(names) {
    const text = kept.text.trim().toLowerCase();
    const all = store.sorted().filter((one) => one.name.toLowerCase().includes(text));
    const tiny = text ? [] : all.filter((one) => !one.named && one.faces <= STRANGER);
    const shown = all.filter((one) => one.faces >= kept.least && !(tiny.length && !one.named && one.faces <= STRANGER));
    for (const name of ticked) if (!store.people.has(name)) ticked.delete(name);
    const typed = document.activeElement?.matches(".card .name") ? grid.current : null; // stays while it is typed
    const stale = [...(names ?? [...grid.tiles.keys(), ...packed.tiles.keys()])].filter((name) => name !== typed);
    grid.set(shown.map((one) => one.name), stale);
    packed.set(kept.open ? tiny.map((one) => one.name) : [], stale);
    strangers.hidden = !tiny.length;
    fold.textContent = `${counted(tiny.length, "stranger")}, seen once or twice`;
    fold.setAttribute("aria-expanded", String(kept.open));
    count.textContent = counted(shown.length, "person", "people");
    empty.textContent = shown.length || tiny.length ? "" : store.people.size ? "Nobody is called so." : "There is nobody.";
    empty.hidden = !empty.textContent;
    drawBar();
  }

  search.addEventListener("input", () => { kept.text = search.value; draw(null); });
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === "ArrowDown") { grid.go(0); event.preventDefault(); event.stopPropagation(); }
    if (event.key === "Escape") { search.value = kept.text = ""; draw(null); grid.go(0); }
  });
  least.addEventListener("input", () => { kept.least = Math.max(1, Number(least.value) || 1); draw(null); });
  fill(view, h("div", { class: "controls" }, search,
    h("label", {}, "at least", least, "faces"), count), grid.root, empty, strangers, bar);
  draw(null);
  const stop = store.listen(draw);
  const twins = new Map();
  const stopTwins = asking.listen(() => {
    const stale = grid.items.filter((name) => twins.get(name) !== asking.twin(name));
    stale.forEach((name) => twins.set(name, asking.twin(name)));
    if (stale.length && !document.activeElement?.matches(".name")) grid.set(grid.items, stale);
  });
  const begin = grid.items.includes(kept.name) ? grid.items.indexOf(kept.name) : kept.place;
  grid.go(begin, begin > 0);

  const current = () => (packed.root.contains(document.activeElement) ? packed.current : grid.current);
  return {
    keys: {
      "/": () => search.focus(),
      m: mergeMeant, x: nobodyMeant, a: () => open(!kept.open), Escape: clear,
      t: () => grid.root.contains(document.activeElement) && join(grid.current),
      r: () => grid.tiles.get(grid.current)?.querySelector(".name").focus(),
      " ": () => grid.root.contains(document.activeElement) && toggle(grid.current, !ticked.has(grid.current)),
      o: () => current() && showOriginal(store.people.get(current()).cover),
    },
    overButtons: true,
    close() {
      kept = { ...kept, name: grid.current, place: grid.cursor };
      stop();
      stopTwins();
      grid.close();
      packed.close();
    },
  };
}
