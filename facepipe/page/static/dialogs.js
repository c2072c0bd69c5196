// What lies above the view: whom is meant, all keys, the original frame.

import { h, faceImage, counted, key } from "./dom.js";
import { film, get } from "./api.js";
import { pushKeys } from "./keys.js";
import { store } from "./store.js";

const LISTED = 50; // of a kind

const folded = (name) => name.normalize("NFC").toLowerCase();

// How well somebody fits what was typed: 0 is called so, 1 begins so, 2 has it somewhere; null: does not.
function rank({ name, named }, text) {
  const whole = folded(name);
  if (whole === text) return 0;
  const number = /^(?:person_)?(\d+)$/.exec(text)?.[1];
  if (whole.startsWith(text) && (named || number || !text) || !named && number && whole.endsWith(number)) return 1;
  return whole.includes(text) ? 2 : null;
}

// Show a dialog; returns how to close it. closed: is called when it is gone.
export function show(element, keys, closed = () => {}) {
  const before = document.activeElement;
  document.body.append(element);
  const forget = pushKeys(keys, { alone: true });
  element.addEventListener("close", () => {
    forget();
    element.remove();
    const place = before?.isConnected ? before : document.querySelector("#view .tile[tabindex='0'], #view .question h1");
    place?.focus({ preventScroll: true });
    closed();
  });
  let pressed = false; // beside it: who drags a text out of a field does not mean to leave
  const beside = ({ target, clientX: x, clientY: y }) => {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    return target === element && (x < left || x > right || y < top || y > bottom);
  };
  element.addEventListener("pointerdown", (event) => { pressed = beside(event); });
  element.addEventListener("click", (event) => pressed && beside(event) && element.close());
  element.showModal();
  return () => element.close();
}

// Ask who is meant: somebody who is there, or, if fresh, a new name. first: names to show on top. Gives the name, or null.
export function askWho(title, { first = [], without = [], fresh = true } = {}) {
  return new Promise((answer) => {
    let found = [];
    let place = 0;
    let chosen = null;
    const input = h("input", {
      type: "text", class: "who", placeholder: "Name", autocomplete: "off", spellcheck: "false", maxlength: "100",
      role: "combobox", "aria-expanded": "true", "aria-controls": "who-list", "aria-label": title,
    });
    const list = h("div", { id: "who-list", role: "listbox", "aria-label": "People", class: "wholist" });
    const dialog = h("dialog", { class: "ask", "aria-label": title }, h("h2", {}, title), input, list);

    function choose(index) {
      chosen = found[index]?.name ?? null;
      if (chosen !== null) dialog.close();
    }
    function mark() {
      [...list.children].forEach((row, index) => row.setAttribute("aria-selected", String(index === place)));
      list.children[place]?.scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", list.children[place]?.id ?? "");
    }
    // Enter takes the first: who is called so, or begins so; then a new name, since what is only found within others,
    // or in what those are called whom nobody has named, is a name of its own: Son is no person_001.
    function draw() {
      const typed = input.value.trim();
      const text = folded(typed);
      const order = [...first.map((name) => store.people.get(name)).filter(Boolean), ...store.sorted()];
      const ranked = [...new Set(order)].filter((card) => !without.includes(card.name))
        .map((card) => [rank(card, text), card]).filter(([place]) => place !== null);
      const begin = (place) => ranked.filter(([other]) => other === place).map(([, card]) => card);
      const anew = fresh && text && !begin(0).length ? [{ name: typed, fresh: true }] : [];
      found = [...begin(0), ...begin(1).slice(0, LISTED), ...anew, ...begin(2).slice(0, LISTED)];
      place = 0;
      list.replaceChildren(...found.map((card, index) => h("div", {
        role: "option", id: `who-${index}`, onclick: () => choose(index),
      }, card.fresh ? h("span", { class: "plus", "aria-hidden": "true" }, "+") : faceImage(card.cover),
      h("span", {}, card.fresh ? `New: ${card.name}` : card.name),
      !card.fresh && h("small", {}, counted(card.faces, "face")))));
      mark();
    }
    input.addEventListener("input", draw);
    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return; // the keys choose among what an input method offers
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        place = Math.max(0, Math.min(found.length - 1, place + (event.key === "ArrowDown" ? 1 : -1)));
        mark();
        event.preventDefault();
      } else if (event.key === "Enter") {
        choose(place);
        event.preventDefault();
      }
    });
    draw();
    show(dialog, {}, () => answer(chosen));
    input.focus();
  });
}

// Yes or no; gives true or false.
export function confirmed(title, text, yes = "Yes", no = "No") {
  return new Promise((answer) => {
    let said = false;
    const accept = () => { said = true; close(); };
    const dialog = h("dialog", { class: "ask", "aria-label": title }, h("h2", {}, title), h("p", {}, text),
      h("div", { class: "buttons" },
        h("button", { type: "button", class: "main", autofocus: true, onclick: accept }, yes, key("Y")),
        h("button", { type: "button", onclick: () => close() }, no, key("N"))));
    const close = show(dialog, { y: accept, n: () => close() }, () => answer(said));
  });
}

export function showKeys(groups) {
  const parts = groups.map(([title, rows]) => h("section", {}, h("h3", {}, title),
    h("dl", {}, rows.map(([keys, text]) => [h("dt", {}, keys.split(" ").map(key)), h("dd", {}, text)]))));
  const dialog = h("dialog", { class: "keys", "aria-label": "All keys" }, h("h2", { tabIndex: -1, autofocus: true }, "Keys"), h("div", {}, parts),
    h("div", { class: "buttons" }, h("button", { type: "button", class: "main", onclick: () => dialog.close() }, "Close")));
  const close = show(dialog, { "?": () => close() });
}

// The frame of a face, its box drawn. faces: those that the arrow keys lead through, in order.
export async function showOriginal(face, faces = [face]) {
  let place = Math.max(0, faces.indexOf(face));
  const picture = h("div", { class: "frame" });
  const line = h("p", { "aria-live": "polite" });
  const play = h("button", { type: "button", onclick: () => moving() }, "Play around it", key("V"));
  const dialog = h("dialog", { class: "original", "aria-label": "Original picture" }, picture,
    h("div", { class: "buttons" }, line, play,
      h("button", { type: "button", onclick: () => dialog.close() }, "Close", key("Esc"))));

  async function draw() {
    const id = faces[place];
    const found = await get(`/api/face/${encodeURIComponent(id)}`).catch(() => null);
    if (!found || id !== faces[place]) return;
    const image = h("img", { src: `/frame/${encodeURIComponent(id)}.jpg`, alt: `${found.person || "unknown"} in ${found.source}` });
    const [wide, high] = found.size;
    picture.style.aspectRatio = `${wide} / ${high}`;
    picture.style.setProperty("--ratio", wide / high);
    picture.replaceChildren(image, ...found.boxes.map(({ face: other, person, box }) => {
      const mark = h("div", { class: other === id ? "box this" : "box" }, h("span", {}, person || "unknown"));
      ["left", "top", "width", "height"].forEach((side, index) => { mark.style[side] = `${100 * box[index]}%`; });
      mark.classList.toggle("far", box[0] > 0.5); // the name stays in the picture
      mark.classList.toggle("low", box[1] + box[3] > 0.9);
      return mark;
    }));
    const where = [found.person || "unknown", found.source, found.time, `quality ${found.quality.toFixed(2)}`];
    line.textContent = where.filter(Boolean).join(" · ");
    play.hidden = !found.video;
  }
  // The whole clip is fetched before it is shown: a player can go back and forth in what it has.
  async function moving() {
    const id = faces[place];
    if (play.hidden) return;
    const failed = async () => {
      await draw();
      line.textContent = "This part of the video cannot be shown here: it was moved, or the browser cannot play it.";
    };
    const clip = await film(`/moving/${encodeURIComponent(id)}.mp4`).catch(() => null);
    if (id !== faces[place]) return;
    if (!clip) return failed();
    const src = URL.createObjectURL(clip);
    const video = h("video", { controls: true, autoplay: true, loop: true, src });
    video.addEventListener("loadeddata", () => URL.revokeObjectURL(src));
    video.addEventListener("error", failed);
    picture.replaceChildren(video);
  }
  const step = (by) => () => {
    place = Math.max(0, Math.min(faces.length - 1, place + by));
    draw();
  };
  const close = show(dialog, { ArrowLeft: step(-1), ArrowRight: step(1), v: moving, o: () => close() });
  await draw();
}
