// A double click is one click where the first has put something else under the pointer, such as the next question: the
// second would answer that, too.

let first = null; // what the first click was on

const clicked = ({ target }) => target.closest("label") ?? target.closest("button, a, input, .tile") ?? target;

for (const name of ["click", "dblclick"]) {
  document.addEventListener(name, (event) => {
    if (event.detail === 1) first = clicked(event);
    if (event.detail < 2 || clicked(event) === first) return;
    event.preventDefault();
    event.stopPropagation();
  }, { capture: true });
}
