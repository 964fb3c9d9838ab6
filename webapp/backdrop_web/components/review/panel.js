/* What is known of one image, beside its pictures. */
function fillPanel(home, record, verdict, handlers) {
  const { words, sign } = STATES[stateOf(record, verdict)];
  home.replaceChildren(...[
    make("p", { class: "verdict", "data-state": stateOf(record, verdict) }, `${sign} ${words}`),
    record.trouble && notice("trouble", record.trouble.what, record.trouble.step),
    record.flags.length ? make("h3", {}, "Look at this first") : null,
    ...record.flags.map((flag) => notice("flag", flag.words, flag.step)),
    record.checksOf ? make("h3", {}, record.checksOf) : null,
    record.checksOf && !record.checks.length ? make("p", { class: "passed" }, "\u2713 All its rules are kept.") : null,
    ...record.checks.map((check) => notice("flag", check.words, check.step)),
    make("dl", {}, ...record.facts.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)])),
    make("div", { class: "actions" },
      record.download && make("a", { class: "button", href: record.download, download: record.downloadName }, "Download"),
      record.again && make("button", { type: "button", class: "button", onclick: () => handlers.again(record.id) }, "Run again\u2026"),
    ),
  ].filter(Boolean));
}

function notice(kind, words, step) {
  return make("div", { class: `notice ${kind}` }, make("strong", {}, words), step ? make("span", {}, step) : null);
}
