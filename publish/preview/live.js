// Loads a page anew when it has changed in the folder, and says what is wrong
// with the books. The server is asked again by itself when it was away.
(() => {
  "use strict";
  const here = () => decodeURI(location.pathname).replace(/\/$/, "");
  let known = null;
  const box = document.createElement("aside");
  box.setAttribute("role", "status");
  box.id = "rhaptos-live";
  box.hidden = true;
  const show = state => {
    box.replaceChildren();
    box.hidden = !state.problems && !state.changes;
    if (state.problems) {
      const details = document.createElement("details");
      details.open = state.errors > 0;
      const summary = document.createElement("summary");
      summary.textContent = state.said;
      const list = document.createElement("pre");
      list.textContent = state.problems;
      details.append(summary, list);
      box.append(details);
    }
    if (state.changes) {
      const link = document.createElement("a");
      link.href = state.changes;
      link.textContent = state.since;
      box.append(link);
    }
  };
  const events = new EventSource("/-/live");
  events.onmessage = message => {
    const state = JSON.parse(message.data);
    if (known !== null && known !== state.build) {
      const missed = known.split(".")[0] !== state.build.split(".")[0] || Number(known.split(".")[1]) + 1 !== Number(state.build.split(".")[1]);
      if (missed || state.all || state.pages.includes(here())) {
        location.reload();
        return;
      }
    }
    known = state.build;
    show(state);
  };
  addEventListener("DOMContentLoaded", () => document.body.append(box));
})();
