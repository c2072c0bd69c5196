// A grid of tiles of which only those in sight exist, so that thousands scroll smoothly; tiles can be ticked.
//
// Mouse: click ticks, Shift+click ticks as far as here, dragging paints, double click opens. Touch: a tap ticks.
// Keys: arrows move, with Shift they tick on the way, Space ticks, Home and End, Page Up and Page Down, Enter opens.

import { h } from "./dom.js";

const GAP = 8;
const BEYOND = 600; // pixels above and below what is seen that are drawn too
const TOP = 130; // pixels that headers cover
const TYPED = "input:not([type=checkbox])";

export class Grid {
  // label: for screen readers. width: the least width of a tile. height: of its width, how high it is. draw: an item's
  // element. open: is called with an item. ticks: whether tiles can be ticked. onTicks: is called when that changed.
  constructor({ label, width, height, draw, open = () => {}, ticks = true, onTicks = () => {} }) {
    Object.assign(this, { width, height, draw, open, ticks, onTicks });
    this.items = [];
    this.ticked = new Set();
    this.cursor = 0;
    this.anchor = 0;
    this.tiles = new Map(); // item -> element
    this.root = h("div", {
      class: "grid", role: ticks ? "listbox" : "list", "aria-label": label, "aria-multiselectable": ticks && "true",
    });
    this.listen();
  }

  listen() {
    const on = (target, name, does, options) => {
      target.addEventListener(name, does, options);
      return () => target.removeEventListener(name, does, options);
    };
    const again = () => this.later();
    this.stops = [on(window, "scroll", again, { passive: true }), on(window, "resize", again)];
    on(this.root, "keydown", (event) => this.key(event));
    on(this.root, "focusin", (event) => this.focused(event));
    on(this.root, "dblclick", (event) => this.at(event) >= 0 && this.open(this.items[this.at(event)]));
    if (!this.ticks) return;
    on(this.root, "click", (event) => this.click(event));
    on(this.root, "pointerdown", (event) => this.press(event));
    on(this.root, "pointermove", (event) => this.paint(event));
    this.stops.push(on(window, "pointerup", () => setTimeout(() => (this.painting = null))));
  }

  close() {
    this.stops.forEach((stop) => stop());
  }

  // Show other items. stale: items whose tiles have to be drawn anew.
  // The cursor stays on its item, wherever that is now; where it is gone, the one in its place gets the focus, unless
  // somebody was typing there, whose next letters are no keys.
  set(items, stale = []) {
    const [current, anchor] = [this.current, this.items[this.anchor]];
    this.items = items;
    this.place = new Map(items.map((item, index) => [item, index]));
    for (const item of this.ticked) if (!this.place.has(item)) this.ticked.delete(item);
    this.cursor = this.place.get(current) ?? Math.max(0, Math.min(this.cursor, items.length - 1));
    this.anchor = this.place.get(anchor) ?? this.cursor;
    const had = this.root.contains(document.activeElement) && !document.activeElement.matches(TYPED);
    for (const item of stale) {
      this.tiles.get(item)?.remove();
      this.tiles.delete(item);
    }
    this.render();
    if (had && !this.root.contains(document.activeElement)) this.go(this.cursor);
    this.onTicks();
  }

  // The cursor on the first item, the focus where it is.
  begin() {
    this.cursor = this.anchor = 0;
    this.render();
  }

  later() {
    if (this.due) return;
    this.due = true;
    requestAnimationFrame(() => {
      this.due = false;
      if (this.root.isConnected) this.render();
    });
  }

  measure() {
    const wide = this.root.clientWidth || 800;
    this.columns = Math.max(1, Math.floor((wide + GAP) / (this.width + GAP)));
    this.tileWidth = (wide - GAP * (this.columns - 1)) / this.columns;
    this.rowHeight = (typeof this.height === "function" ? this.height(this.tileWidth) : this.height) + GAP;
  }

  render() {
    this.measure();
    const rows = Math.ceil(this.items.length / this.columns);
    this.root.style.height = `${Math.max(0, rows * this.rowHeight - GAP)}px`;
    const top = this.root.getBoundingClientRect().top;
    const first = Math.max(0, Math.floor((-top - BEYOND) / this.rowHeight)) * this.columns;
    const last = Math.ceil((window.innerHeight - top + BEYOND) / this.rowHeight) * this.columns;
    const wanted = new Set(this.items.slice(first, Math.max(first, last)));
    for (const [item, tile] of this.tiles) {
      if (!wanted.has(item) && !(this.place.has(item) && tile.contains(document.activeElement))) {
        tile.remove();
        this.tiles.delete(item);
      }
    }
    for (const item of wanted) if (!this.tiles.has(item)) this.add(item);
    for (const [item, tile] of this.tiles) this.put(item, tile);
  }

  add(item) {
    const tile = this.draw(item);
    tile.classList.add("tile");
    if (this.ticks) tile.setAttribute("role", "option");
    else tile.setAttribute("role", "listitem");
    this.tiles.set(item, tile);
    this.root.append(tile);
  }

  put(item, tile) {
    const index = this.place.get(item);
    const x = (index % this.columns) * (this.tileWidth + GAP);
    const y = Math.floor(index / this.columns) * this.rowHeight;
    tile.style.transform = `translate(${x}px, ${y}px)`;
    tile.style.width = `${this.tileWidth}px`;
    tile.style.height = `${this.rowHeight - GAP}px`;
    tile.dataset.index = index;
    tile.setAttribute("aria-posinset", index + 1);
    tile.setAttribute("aria-setsize", this.items.length);
    if (this.ticks) tile.setAttribute("aria-selected", String(this.ticked.has(item)));
    this.target(tile).tabIndex = index === this.cursor ? 0 : -1;
  }

  // What of a tile has the focus.
  target(tile) {
    return tile.querySelector("[data-focus]") ?? tile;
  }

  at(event) {
    const tile = event.target.closest?.(".tile");
    return tile && this.root.contains(tile) ? Number(tile.dataset.index) : -1;
  }

  get current() {
    return this.items[this.cursor];
  }

  // The ticked items in their order, or the one under the cursor.
  get chosen() {
    if (this.ticked.size) return this.items.filter((item) => this.ticked.has(item));
    return this.current === undefined ? [] : [this.current];
  }

  focused(event) {
    const index = this.at(event);
    if (index < 0 || index === this.cursor) return;
    const before = this.tiles.get(this.current);
    this.cursor = index;
    if (before) this.target(before).tabIndex = -1;
    this.target(event.target.closest(".tile")).tabIndex = 0;
  }

  // scroll: false where the view begins, whose title is to be read first.
  go(index, scroll = true) {
    if (!this.items.length) return;
    this.cursor = Math.max(0, Math.min(index, this.items.length - 1));
    if (!scroll) this.render();
    if (scroll || !this.tiles.has(this.current)) this.bring();
    this.target(this.tiles.get(this.current)).focus({ preventScroll: true });
  }

  // Scroll until the cursor is seen.
  bring() {
    const y = Math.floor(this.cursor / this.columns) * this.rowHeight + this.root.getBoundingClientRect().top;
    const room = window.innerHeight - 90 - this.rowHeight;
    if (y < TOP) window.scrollBy(0, y - TOP);
    else if (y > room) window.scrollBy(0, y - room);
    this.render();
  }

  key(event) {
    if (event.target.closest(`${TYPED}, select`) || event.altKey || event.ctrlKey || event.metaKey) return;
    const page = Math.max(1, Math.floor((window.innerHeight - 200) / this.rowHeight)) * this.columns;
    const steps = {
      ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.columns, ArrowDown: this.columns, PageUp: -page, PageDown: page,
      Home: -this.cursor, End: this.items.length - 1 - this.cursor,
    };
    if (event.key in steps) {
      const target = this.cursor + steps[event.key];
      if (event.key.startsWith("Arrow") && (target < 0 || target >= this.items.length)) return;
      this.go(target);
      if (event.shiftKey && this.ticks) this.tickRange(this.anchor, this.cursor, true);
      else this.anchor = this.cursor;
    } else if (event.key === " " && this.ticks && event.target.matches(".tile")) {
      this.tickRange(this.cursor, this.cursor, !this.ticked.has(this.current));
      this.anchor = this.cursor;
    } else if (event.key === "Enter" && event.target.matches(".tile")) {
      this.open(this.current);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  click(event) {
    const index = this.at(event);
    if (index < 0 || this.painting?.moved || event.target.closest("button")) return;
    if (event.shiftKey) this.tickRange(this.anchor, index, true);
    else this.tickRange(index, index, !this.ticked.has(this.items[index]));
    if (!event.shiftKey) this.anchor = index;
    this.cursor = index;
    this.target(event.target.closest(".tile")).focus({ preventScroll: true });
  }

  press(event) {
    const index = this.at(event);
    if (index < 0 || event.pointerType === "touch" || event.button || event.shiftKey) return;
    this.painting = { from: index, on: !this.ticked.has(this.items[index]), before: new Set(this.ticked), moved: false };
  }

  paint(event) {
    const index = this.at(event);
    if (!this.painting || index < 0 || !(event.buttons & 1)) return;
    if (index === this.painting.from && !this.painting.moved) return;
    this.painting.moved = true;
    this.ticked = new Set(this.painting.before);
    this.tickRange(this.painting.from, index, this.painting.on);
  }

  tickRange(from, to, on) {
    for (let index = Math.min(from, to); index <= Math.max(from, to); index++) {
      if (on) this.ticked.add(this.items[index]);
      else this.ticked.delete(this.items[index]);
    }
    for (const [item, tile] of this.tiles) tile.setAttribute("aria-selected", String(this.ticked.has(item)));
    this.onTicks();
  }

  tickAll(on = true) {
    if (this.items.length) this.tickRange(0, this.items.length - 1, on);
  }
}
