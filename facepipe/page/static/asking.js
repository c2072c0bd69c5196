// The questions ahead: found by the server in the background, and thrown away as soon as an answer makes them stale.

import { get, say } from "./api.js";
import { store } from "./store.js";

const SOON_MS = 100;
const LATER_MS = 1000;
const LIKELY = 0.3;
const listeners = new Set();
const answered = new Set(); // ids of questions
const touched = new Set(); // names of people about whom nothing is asked until the server has seen the answers
const gone = new Set(); // ids of questions about what is not so any more
let sending = 0;
let sent = 0; // answers ever

const about = (question) => [...question.people.map(({ name }) => name), ...Object.keys(question.owners)];
const open = ({ id, ...question }) => !answered.has(id) && !gone.has(id) && !about(question).some((name) => touched.has(name));

export const asking = {
  list: [],
  fresh: false,
  number: 0,
  skipped: 0,
  shown: null, // the question that somebody looks at

  // The question to ask now, or undefined.
  get next() {
    return this.list[0];
  },

  // Whether the question that is shown may stay, also when others are worth more by now: whoever is about to press a
  // key for it must not answer another one.
  get stays() {
    return this.shown !== null && open(this.shown);
  },

  // Who is likely to be the same person as somebody; undefined: nobody.
  twin(name) {
    const merge = this.list.find((one) => one.kind === "merge" && one.probability > LIKELY
      && one.people.some((who) => who.name === name));
    return merge?.people.find((who) => who.name !== name)?.name;
  },

  // Answer a question; the next one is there at once, before the server has replied.
  answer(question, reply) {
    question.people.forEach(({ name }) => touched.add(name));
    return this.send(question, { question: question.id, ...reply }, "/api/answer");
  },

  skip(question) {
    this.skipped += 1;
    return this.send(question, { question: question.id }, "/api/skip");
  },

  async send(question, body, path) {
    answered.add(question.id);
    this.list = this.list.filter(open);
    this.fresh = false;
    sending += 1;
    sent += 1;
    const changes = await say(body, path);
    sending -= 1;
    if (!changes) this.forget();
    this.look();
    return changes;
  },

  // What was answered may be asked again: something was taken back, or refused. The server says what.
  forget() {
    answered.clear();
    this.all = this.list;
    this.number = -1;
  },

  listen(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },

  // Ask the server until what it has found is about how things are now.
  look(wait = SOON_MS) {
    clearTimeout(this.timer);
    this.timer = setTimeout(async () => {
      const shown = this.shown?.id ?? "";
      const before = sent;
      const about = new URLSearchParams({ known: this.number, left: this.list.length, shown });
      const found = await get(`/api/questions?${about}`).catch(() => null);
      if (!found) return;
      this.fresh = found.fresh && !sending && before === sent; // what was asked before an answer does not know of it
      if (this.fresh) [touched, gone].forEach((one) => one.clear());
      if (!found.stands) gone.add(shown);
      if (found.questions) this.all = found.questions;
      this.number = found.number;
      this.list = (this.all ?? []).filter(open);
      store.patch({ settled: found.settled });
      listeners.forEach((listener) => listener());
      if (!this.fresh) this.look(Math.min(LATER_MS, 2 * Math.max(SOON_MS, wait)));
    }, wait);
  },
};
