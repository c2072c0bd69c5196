"use strict";

// Everything can be read without this: it adds a search box and buttons that copy commands.

const search = document.getElementById("search");
if (search) {
  const [box, said] = [search.querySelector("input"), search.querySelector("[role=status]")];
  const people = [...document.querySelectorAll("#people .person")].map((place) => ({
    place,
    name: place.querySelector(".name").textContent.toLowerCase(),
  }));
  const folded = [...document.querySelectorAll("#people .folded")].map((part) => ({ part, open: part.open }));
  const find = () => {
    const asked = box.value.trim().toLowerCase();
    let found = 0;
    for (const { place, name } of people) {
      place.hidden = !name.includes(asked);
      found += !place.hidden;
    }
    for (const { part, open } of folded) {
      const any = part.querySelector(".person:not([hidden])") !== null;
      part.hidden = !any;
      part.open = asked ? any : open;
    }
    said.textContent = asked ? (found === 1 ? "1 person" : `${found} people`) : "";
  };
  search.hidden = false;
  search.addEventListener("submit", (event) => event.preventDefault());
  box.addEventListener("input", find);
  if (box.value) find();
}

for (const code of document.querySelectorAll(".steps code")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.setAttribute("aria-label", `Copy: ${code.textContent}`);
  button.addEventListener("click", async () => {
    getSelection().selectAllChildren(code);
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Selected";
    }
  });
  code.after(button);
}
