// Everybody in the run, as the server told last, and who wants to know of changes.

const listeners = new Set();

export const store = {
  people: new Map(), // name -> {name, faces, cover, named}
  state: { version: 0 },

  // people: none where nothing has changed since the version that is here.
  load({ people, since, ...state }) {
    if (people) this.people = new Map(people.map((card) => [card.name, card]));
    this.state = { ...this.state, ...state };
    this.changed(people ? null : new Set());
  },

  // Take over what has changed since the version that is here. False: since another, whose list is needed whole.
  patch({ people = [], said, since = this.state.version, ...state }) {
    if (since !== this.state.version) return false;
    for (const card of people) {
      if (card.faces) this.people.set(card.name, card);
      else this.people.delete(card.name);
    }
    this.state = { ...this.state, ...state };
    this.changed(new Set(people.map((card) => card.name)));
    return true;
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
