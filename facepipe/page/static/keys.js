// Which key does what, now: the view's own keys, those of an open dialog before them, and everybody's.

const layers = []; // of {key: action}; the last one is asked first

const typing = (element) =>
  element.matches("textarea, select, input:not([type=checkbox]):not([type=range])") || element.isContentEditable;

const MOVES = /^(Arrow|Page|Home|End|Tab)/;

// "x", also with Shift or Caps Lock, "ArrowLeft", "ctrl+a"; letters that are not Latin follow the place of the key.
function nameOf(event) {
  let name = event.key;
  if (name.length === 1 && !/[\x20-\x7e]/.test(name) && /^Key[A-Z]$/.test(event.code)) name = event.code[3];
  if (name.length === 1) name = name.toLowerCase();
  const control = event.ctrlKey || event.metaKey;
  return control ? `ctrl+${event.shiftKey ? "shift+" : ""}${name}` : name; // Ctrl+Shift+Z is no undo
}

// A key that is held acts once, unless it moves or types: it would answer what comes next, too.
document.addEventListener("keydown", (event) => {
  const types = typing(event.target) && event.key !== "Enter" && event.key !== "Escape";
  if (!event.repeat || types || MOVES.test(event.key)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, { capture: true });

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.defaultPrevented) return;
  if (typing(event.target) && event.key !== "Escape") return;
  const name = nameOf(event);
  const onButton = event.target.closest("button, a, input, summary") && (name === "Enter" || name === " ");
  for (const layer of [...layers].reverse()) {
    const action = layer.keys[name];
    if (action && !(onButton && !layer.overButtons)) {
      if (action(event) !== false) event.preventDefault();
      return;
    }
    if (layer.alone) return;
  }
});

// alone: nothing below is asked (a dialog). Returns how to take it away.
export function pushKeys(keys, { alone = false, overButtons = false } = {}) {
  const layer = { keys, alone, overButtons };
  layers.push(layer);
  return () => {
    const place = layers.indexOf(layer);
    if (place >= 0) layers.splice(place, 1);
  };
}
