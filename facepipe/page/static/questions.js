// One question at a time, the one that is worth most first.

import { h, action, counted, faceImage, personLink } from "./dom.js";
import { Grid } from "./grid.js";
import { asking } from "./asking.js";
import { askWho, showOriginal } from "./dialogs.js";
import { tell } from "./said.js";

export const questionKeys = ["Questions", [
  ["Y", "yes; or: done with this grid"], ["N", "no"], ["S", "skip"],
  ["← → ↑ ↓", "move"], ["Space", "tick: it goes where the picture says"], ["X", "tick: not this person, or nobody"], ["P", "tick: somebody new"], ["A", "tick all"],
  ["M", "merge; or: somebody else, who?"], ["O", "original frame"], ["U", "take the last answer back"],
]];

const LOOK_MS = 700; // for which a question that took the place of another cannot be answered
const NEW = " somebody new"; // no name begins with a space
const round = (gain) => (gain >= 1.5 ? `about ${counted(Math.round(gain), "face")} would become right` : "");

export function questions(view) {
  let close = () => {};
  let wakes = 0;
  const keys = {};

  function draw() {
    if (asking.stays) return;
    const question = asking.next;
    if (asking.shown) { // not answered here: whoever was about to must see first that this is another question
      wakes = performance.now() + LOOK_MS;
      tell("That question was settled elsewhere.");
    }
    close();
    asking.shown = question ?? null;
    for (const name of Object.keys(keys)) delete keys[name];
    close = () => {};
    if (!question) nothing();
    else (KINDS[question.kind] ?? KINDS.merge)(question);
    ahead();
  }

  // The pictures of the next questions are on their way before these are asked.
  let warm = new Map();
  function ahead() {
    const faces = asking.list.slice(0, 3).flatMap((one) => [...one.tiles.map((tile) => tile.face), ...one.samples, ...one.strips.flat()]);
    warm = new Map(faces.map((face) => [face, warm.get(face) ?? faceImage(face)]));
  }

  function nothing() {
    if (asking.fresh) {
      view.replaceChildren(h("section", { class: "empty" }, h("h1", {}, "Nothing left to ask"),
        h("p", {}, asking.skipped ? `${counted(asking.skipped, "question")} that you skipped will be asked in the next review; what else is open` : "What is open now",
          " is not worth a question. Have a look at ",
          h("a", { href: "#/people" }, "all people"), ", or see ", h("a", { href: "#/done" }, "what was decided"), ".")));
    } else {
      view.replaceChildren(h("p", { class: "empty" }, "Looking for what is worth asking …"));
    }
  }

  function frame(question, title, body, ...buttons) {
    const worth = ["name", "strangers"].includes(question.kind) ? "" : round(question.gain);
    const why = [question.why[0].toUpperCase() + question.why.slice(1), worth].filter(Boolean).join("; ");
    view.replaceChildren(h("section", { class: "question", "data-kind": question.kind, "data-id": question.id },
      h("h1", { tabIndex: -1 }, title), h("p", { class: "count" }, why), body,
      h("div", { class: "answers" }, buttons, action("Skip", "S", skip))));
    window.scrollTo(0, 0);
    keys.s = skip;
  }

  function reply(question, answer) {
    if (performance.now() < wakes) return;
    asking.shown = null;
    asking.answer(question, answer);
    draw();
  }
  // Whether another page or command has settled a question while somebody was asked for a name.
  function isOver(question) {
    if (asking.shown === question) return false;
    tell("That question was settled elsewhere meanwhile; the name was not given.");
    return true;
  }
  function skip() {
    const question = asking.shown;
    if (!question || performance.now() < wakes) return;
    asking.shown = null;
    asking.skip(question);
    draw();
  }

  // Two people side by side, or two faces of one picture.
  function merge(question) {
    const [one, other = one] = question.people;
    const [first, ...rest] = question.tiles.map((tile) => tile.face);
    const halves = question.kind === "collage" ? [[first], rest] : question.strips;
    const yes = () => reply(question, { reply: "yes" });
    const no = () => reply(question, { reply: "no" });
    const title = question.kind === "collage" ? "One person, twice in this picture?" : "The same person?";
    frame(question, title, h("div", { class: "two" }, [one, other].map((who, side) => panel(who, halves[side]))),
      action("Yes, the same", "Y", yes, "yes"), action("No, two people", "N", no, "no"));
    Object.assign(keys, { y: yes, m: yes, n: no }, moving());
    focusFirst();
  }

  function panel(who, faces) {
    const many = faces.length > 4 ? "many" : "few";
    return h("section", { class: "panel", "aria-label": who.name || "unknown" },
      h("h2", {}, who.faces ? h("a", { href: personLink(who.name) }, who.name) : who.name || "unknown",
        who.faces > 0 && h("small", {}, counted(who.faces, "face"))),
      h("div", { class: `strip ${many}` }, faces.map((face, index) => h("button", {
        type: "button", class: "shot", "data-face": face, "aria-label": `${who.name || "unknown"}, picture ${index + 1}`,
        onclick: () => original(face),
      }, faceImage(face)))));
  }

  // Arrow keys among the pictures of the panels.
  function moving() {
    const step = (by) => () => {
      const all = [...view.querySelectorAll(".shot")];
      const here = all.indexOf(document.activeElement);
      all[Math.max(0, Math.min(all.length - 1, here + by))]?.focus();
    };
    return { ArrowLeft: step(-1), ArrowUp: step(-1), ArrowRight: step(1), ArrowDown: step(1),
      o: () => original(document.activeElement?.dataset?.face ?? view.querySelector("[data-face]").dataset.face) };
  }
  const original = (face) => showOriginal(face, [...view.querySelectorAll("[data-face]")].map((one) => one.dataset.face));
  const focusFirst = () => view.querySelector("h1").focus({ preventScroll: true });

  // A grid to tick. words: title, what ticked tiles are, and what it means that none is ticked.
  function pick(question, words, { ticked = () => false, placed, anew = false, others = true, several = false }) {
    const byFace = new Map(question.tiles.map((tile) => [tile.face, tile]));
    const aims = new Map(); // where ticked ones go that somebody has aimed elsewhere than is likely
    const goal = (face) => aims.get(face) ?? (byFace.get(face).owner || (byFace.get(face).together ? NEW : ""));
    const goes = (face) => (goal(face) ? `→ ${goal(face).trim()}` : "");
    const grid = new Grid({
      label: words.title, width: 128, height: (wide) => wide, onTicks: label, open: (face) => original(face),
      draw: (face) => h("div", { "data-face": face, "aria-label": described(face) }, picture(face),
        !several && byFace.get(face).count > 1 && h("small", { class: "badge" }, `×${byFace.get(face).count}`),
        h("small", { class: "goes" }, goes(face))),
    });
    const described = (face) => [several ? "picture of a person" : `picture of ${counted(byFace.get(face).count, "face")}`,
      goal(face) && `if ticked ${goes(face)}`].filter(Boolean).join(", ");
    const picture = (face) => (several && byFace.get(face).faces.length > 1
      ? h("div", { class: `several of${byFace.get(face).faces.length}` }, byFace.get(face).faces.map((one) => faceImage(one))) : faceImage(face));
    close = () => grid.close();
    const accept = action("", "Y", send, "main");
    const who = others && action("Somebody else", "M", someone);
    const stranger = anew && action("Somebody new", "P", () => mark(NEW)());
    const about = question.samples.length > 0 && h("div", { class: "samples" },
      h("h2", {}, h("a", { href: personLink(question.people[0].name) }, question.people[0].name),
        h("small", {}, counted(question.people[0].faces, "face"))),
      h("div", { class: "strip row" }, question.samples.map((face) => h("button", { type: "button", class: "shot",
        tabIndex: -1, "data-face": face, "aria-label": "Original frame", onclick: () => showOriginal(face) }, faceImage(face)))));
    function label() {
      for (const face of aims.keys()) if (!grid.ticked.has(face)) aim(face);
      accept.firstChild.textContent = grid.ticked.size ? words.some(grid.ticked.size) : words.none;
      for (const button of [who, stranger]) if (button) button.hidden = !grid.ticked.size;
    }
    function send() {
      reply(question, said([...grid.ticked]));
    }
    const said = (faces, more = {}) => ({ reply: "place", fresh: faces.filter((face) => goal(face) === NEW),
      place: { ...placed(faces.filter((face) => goal(face) !== NEW), goal), ...more } });
    function aim(face, where) {
      if (where === undefined) aims.delete(face);
      else aims.set(face, where);
      const tile = grid.tiles.get(face);
      if (!tile) return;
      tile.querySelector(".goes").textContent = goes(face);
      tile.setAttribute("aria-label", described(face));
    }
    async function someone() {
      const faces = grid.chosen;
      const first = [...new Set(faces.flatMap((face) => byFace.get(face).nearest))];
      const name = await askWho(faces.length === 1 ? "Who is this?" : `Who are these ${faces.length}?`, { first });
      if (name === null || isOver(question)) return;
      reply(question, said([...grid.ticked].filter((face) => !faces.includes(face)), each(faces, name)));
    }
    const mark = (where) => () => {
      const face = grid.current;
      if (!face) return;
      const on = !grid.ticked.has(face) || goal(face) !== where;
      grid.tickRange(grid.cursor, grid.cursor, on);
      aim(face, on ? where : undefined);
    };
    accept.prepend("");
    frame(question, words.title, h("div", {}, about, grid.root), accept, stranger, who);
    Object.assign(keys, { y: send, m: who ? someone : mark(""), x: mark(""), a: () => grid.tickAll(), Escape: () => grid.tickAll(false),
      o: () => grid.current && original(grid.current) });
    if (anew) keys.p = mark(NEW);
    grid.set(question.tiles.map((tile) => tile.face));
    question.tiles.filter(ticked).forEach((tile) => grid.ticked.add(tile.face));
    grid.render();
    label();
    grid.go(0, false);
  }

  // One picture beside a few of the person, and of whose it is likely to be if not: yes or no. place: what either
  // answer says of the picture.
  function single(question, place) {
    const [who] = question.people;
    const [tile] = question.tiles;
    const say = (name) => reply(question, { reply: "place", place: name === undefined ? {} : { [tile.face]: name } });
    const yes = () => say(place.yes);
    const no = () => say(place.no);
    const other = async () => {
      const name = await askWho("Who is this?", { first: tile.nearest, without: [who.name] });
      if (name !== null && !isOver(question)) say(name);
    };
    const owner = question.owners[tile.owner];
    const neither = owner && (() => say(""));
    const fresh = () => reply(question, { reply: "place", place: {}, fresh: [tile.face] });
    const about = tile.count > 1 ? `These ${tile.count} of one moment` : "This picture";
    frame(question, `Is this ${who.name}?`,
      h("div", { class: "two" }, panel({ name: about }, tile.faces), panel(who, question.samples), owner && panel(owner, owner.samples)),
      action("Yes", "Y", yes, "yes"), action(owner ? `No, ${owner.name}` : "No", "N", no, "no"),
      neither && action("Neither", "X", neither), question.kind === "odd" && action("Somebody new", "P", fresh),
      action("Somebody else", "M", other));
    Object.assign(keys, { y: yes, n: no, x: neither || no, m: other }, question.kind === "odd" && { p: fresh }, moving());
    focusFirst();
  }

  const likely = (tile) => tile.probability > 0.5;
  const each = (faces, name) => Object.fromEntries([...faces].map((face) => [face, name]));

  const KINDS = {
    merge,
    collage: merge,
    odd(question) {
      const { name } = question.people[0];
      if (question.tiles.length === 1) single(question, { yes: undefined, no: question.tiles[0].owner });
      else pick(question, {
        title: `Which of these are not ${name}?`, some: (number) => `${number} ticked: not ${name}`, none: `All are ${name}`,
      }, {
        ticked: likely, anew: true, placed: (faces, goal) => Object.fromEntries(faces.map((face) => [face, goal(face)])),
      });
    },
    unknown(question) {
      const { name } = question.people[0];
      if (question.tiles.length === 1) single(question, { yes: name, no: undefined });
      else pick(question, {
        title: `Which of these are ${name}?`, some: (number) => `${number} ticked: ${name}`, none: `None is ${name}`,
      }, { ticked: likely, placed: (ticked) => each(ticked, name) });
    },
    also(question) {
      const { name } = question.people[0];
      pick(question, {
        title: `Which of these are ${name} too?`, some: (number) => `${number} ticked: ${name} too`, none: `None is ${name}`,
      }, { ticked: likely, placed: (ticked) => each(ticked, name), others: false, several: true });
    },
    strangers(question) {
      pick(question, {
        title: "Which of these are nobody who matters?", some: (number) => `${number} ticked: nobody`, none: "All of them matter",
      }, { placed: (ticked) => each(ticked, null) });
    },
    name(question) {
      const [who] = question.people;
      const name = async () => {
        const given = await askWho("Who is this?", { without: [who.name] });
        if (given !== null && !isOver(question)) reply(question, { reply: "name", name: given });
      };
      const nobody = () => reply(question, { reply: "nobody" });
      frame(question, "Who is this?", h("div", { class: "one" }, panel(who, question.strips[0])),
        action("Give a name", "M", name, "main"), action("Nobody who matters", "X", nobody));
      Object.assign(keys, { m: name, y: name, Enter: name, x: nobody }, moving());
      focusFirst();
    },
  };

  nothing();
  draw();
  const stop = asking.listen(draw);
  asking.look(0);
  return {
    keys,
    close() {
      stop();
      close();
      asking.shown = null;
    },
  };
}
