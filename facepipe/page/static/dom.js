// Elements without markup: texts stay texts, whatever somebody is called.

export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  return fill(element, ...children);
}

// Put children in the place of those that an element has; null, undefined and false are none.
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const counted = (number, one, many = `${one}s`) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;

export const key = (text) => h("kbd", {}, text);

export function faceImage(face, alt = "") {
  return h("img", { src: `/face/${encodeURIComponent(face)}.jpg`, alt, decoding: "async", draggable: "false" });
}

export const personLink = (name) => `#/person/${encodeURIComponent(name)}`;

// A button that says which key does the same.
export function action(label, shortcut, onclick, kind = "") {
  return h("button", { type: "button", class: kind, onclick, "aria-keyshortcuts": shortcut.toLowerCase() },
    label, shortcut && key(shortcut));
}
