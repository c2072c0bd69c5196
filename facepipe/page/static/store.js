// Everybody in the run, as the server told last, and who wants to know of changes.

const listeners = new Set();

export const store = {
  people: new Map(), // name -> {name, faces, cover, named}
  state: { version: 0 },

  // people: none where nothing has changed since the version that is here.
  load({ people, ...state }) {
    if (people) this.people = new Map(people.map((card) => [card.name, card]));
    this.state = { ...this.state, ...state };
    this.changed(people ? null : new Set());
  },

  patch({ people = [], said, ...state }) {
    for (const card of people) {
      if (card.faces) this.people.set(card.name, card);
      else this.people.delete(card.name);
    }
    this.state = { ...this.state, ...state };
    this.changed(new Set(people.map((card) => card.name)));
  },

  // names: a set of those that changed, null for everything.
  changed(names) {
    for (const listener of [...listeners]) listener(names);
  },

  // Returns how to stop listening.
  listen(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },

  sorted() {
    return [...this.people.values()].sort((a, b) => b.faces - a.faces || (a.name < b.name ? -1 : 1));
  },
};
