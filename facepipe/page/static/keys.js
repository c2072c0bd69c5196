// Which key does what, now: the view's own keys, those of an open dialog before them, and everybody's.

const layers = []; // of {key: action}; the last one is asked first

const typing = (element) =>
  element.matches("textarea, select, input:not([type=checkbox]):not([type=range])") || element.isContentEditable;

// "x", "X" (with Shift), "ArrowLeft", "ctrl+a"; letters that are not Latin follow the place of the key.
function nameOf(event) {
  let name = event.key;
  if (name.length === 1 && !/[\x20-\x7e]/.test(name) && /^Key[A-Z]$/.test(event.code)) {
    name = event.shiftKey ? event.code[3] : event.code[3].toLowerCase();
  }
  return event.ctrlKey || event.metaKey ? `ctrl+${name.toLowerCase()}` : name;
}

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
