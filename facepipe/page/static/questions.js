export const questionKeys = ["Questions", []];
export function questions(view) {
  view.replaceChildren();
  return { keys: {}, close() {} };
}
