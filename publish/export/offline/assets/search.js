// The search of a book that is read from a file system. The index is the text
// itself, section by section: a book's text is looked through faster than a key
// is pressed. What is compared has one folded letter for each letter of the
// text, so a place in one is the same place in the other.
"use strict";

const searchIndex = []; // filled by the scripts that follow

(function () {
  const form = document.getElementById("search");
  const query = document.getElementById("query");
  const status = document.getElementById("status");
  const hits = document.getElementById("hits");
  const most = 50;

  const unfolded = { "ł": "l", "đ": "d", "ø": "o", "ß": "s", "æ": "a", "œ": "o", "ı": "i", "ŧ": "t", "ħ": "h" };
  const known = new Map();

  // foldLetter is a letter without its accents and without its case.
  function foldLetter(c) {
    let folded = known.get(c);
    if (folded === undefined) {
      folded = c.normalize("NFKD").toLowerCase();
      folded = folded === "" ? c : folded.charAt(0);
      folded = unfolded[folded] || folded;
      known.set(c, folded);
    }
    return folded;
  }

  function fold(text) {
    let folded = "";
    for (let i = 0; i < text.length; i++) {
      const c = text.charAt(i);
      folded += c < "\x80" ? c.toLowerCase() : foldLetter(c);
    }
    return folded;
  }

  const letter = /[\p{L}\p{N}\p{M}]/u;
  const wide = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u;

  // tokens are the words of a query. Scripts without spaces are taken in pairs
  // of letters, each of which must be there.
  function tokens(text) {
    const list = [];
    for (const word of fold(text.normalize("NFC")).match(/[\p{L}\p{N}\p{M}]+/gu) || []) {
      if (!wide.test(word) || word.length < 3) {
        list.push(word);
        continue;
      }
      for (let i = 0; i + 2 <= word.length; i++) list.push(word.slice(i, i + 2));
    }
    return list;
  }

  // places are where a token begins a word of the text; a wide one may be
  // anywhere.
  function places(text, token, limit) {
    const found = [];
    const anywhere = wide.test(token);
    for (let at = text.indexOf(token); at >= 0 && found.length < limit; at = text.indexOf(token, at + token.length)) {
      if (anywhere || at === 0 || !letter.test(text.charAt(at - 1))) found.push(at);
    }
    return found;
  }

  let parts = null;

  function prepare() {
    parts = [];
    for (const page of searchIndex) {
      for (const part of page.p) {
        parts.push({ page: page, part: part, text: fold(part.x), title: fold(page.t + " " + (part.t || "")) });
      }
    }
  }

  function find(text) {
    const wanted = tokens(text);
    if (wanted.length === 0) return [];
    if (parts === null) prepare();
    const found = [];
    for (const p of parts) {
      let score = 0;
      const marks = [];
      const all = wanted.every(function (token) {
        const inTitle = places(p.title, token, 1).length;
        const inText = places(p.text, token, 20);
        for (const at of inText) marks.push([at, at + token.length]);
        score += 8 * inTitle + Math.log2(1 + inText.length);
        return inTitle > 0 || inText.length > 0;
      });
      if (all) found.push({ p: p, score: score / Math.log2(16 + p.text.length), marks: marks });
    }
    return found.sort(function (a, b) { return b.score - a.score; });
  }

  // excerpt is the text around the first place, with all places in it marked.
  function excerpt(hit) {
    const line = document.createElement("p");
    const text = hit.p.part.x;
    const marks = hit.marks.sort(function (a, b) { return a[0] - b[0] || b[1] - a[1]; });
    let from = marks.length ? Math.max(0, marks[0][0] - 60) : 0;
    const until = Math.min(text.length, from + 220);
    if (from > 0) {
      const space = text.indexOf(" ", from);
      if (space > 0 && space < marks[0][0]) from = space + 1;
      line.append("… ");
    }
    let at = from;
    for (const [begin, end] of marks) {
      if (begin < at || end > until) continue;
      line.append(text.slice(at, begin));
      const mark = document.createElement("mark");
      mark.textContent = text.slice(begin, end);
      line.append(mark);
      at = end;
    }
    line.append(text.slice(at, until) + (until < text.length ? " …" : ""));
    return line;
  }

  function show() {
    const found = find(query.value);
    hits.replaceChildren();
    for (const hit of found.slice(0, most)) {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = hit.p.page.a + (hit.p.part.i ? "#" + encodeURIComponent(hit.p.part.i) : "");
      link.textContent = hit.p.page.t + (hit.p.part.t ? " › " + hit.p.part.t : "");
      item.append(link, excerpt(hit));
      hits.append(item);
    }
    if (tokens(query.value).length === 0) status.textContent = "";
    else status.textContent = found.length ? found.length + " " + form.dataset.found : form.dataset.nothing;
  }

  let waiting = 0;
  query.addEventListener("input", function () {
    clearTimeout(waiting);
    waiting = setTimeout(show, 80);
  });
  form.addEventListener("submit", function (e) {
    e.preventDefault();
    show();
    const first = hits.querySelector("a");
    if (first) first.focus();
  });
  document.addEventListener("keydown", function (e) {
    if (e.key === "/" && document.activeElement !== query) {
      e.preventDefault();
      query.focus();
    } else if (e.key === "Escape" && document.activeElement === query) {
      query.value = "";
      show();
    }
  });
  form.hidden = false;
})();
