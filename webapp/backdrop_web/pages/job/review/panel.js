/* What is known of one image, beside its pictures. */
function fillPanel(home, record, said, siblings, tries, handlers, readOnly) {
  const { verdict } = said;
  const { words, sign } = nameState(findState(record, verdict));
  home.replaceChildren(...[
    make("p", { class: "verdict", "data-state": findState(record, verdict) }, `${sign} ${words}`),
    tries.length > 1 && makeTries(record, tries, handlers, readOnly),
    siblings.length > 1 && makeVariations(record, siblings, handlers, readOnly),
    record.state === "done" && !readOnly && makeReasons(said, handlers),
    record.trouble && makeNotice("trouble", record.trouble.what, record.trouble.step),
    record.flags.length ? make("h3", {}, phrase("lookFirst")) : null,
    ...record.flags.map((flag) => makeNotice("flag", flag.words, flag.step)),
    record.checksOf ? make("h3", {}, record.checksOf) : null,
    record.checksOf && !record.checks.length ? tellRulesKept(record.flags.length) : null,
    ...record.checks.map((check) => makeNotice("flag", check.words, check.step)),
    make("dl", {}, ...record.facts.flatMap(([name, value, exact]) => [
      make("dt", {}, name), make("dd", {}, value, exact && make("small", {}, exact))])),
    make("div", { class: "actions" },
      record.download && make("a", { class: "button", href: record.download, target: "_blank", rel: "noopener" }, phrase("download")),
      record.link && makeCopier(record.link),
      record.fix && make("button", { type: "button", class: "button", onclick: () => handlers.fix(record.id) }, phrase("fix")),
      record.place && make("button", { type: "button", class: "button", onclick: () => handlers.place(record.id) }, phrase("place")),
      record.story && make("button", { type: "button", class: "button", onclick: () => handlers.story(record.id) }, phrase("story")),
      record.again && make("button", { type: "button", class: "button", onclick: () => handlers.again(record.id) }, phrase("again")),
    ),
  ].filter(Boolean));
}

/* Copies an address that stays the same: who opens it signs in first. */
function makeCopier(address) {
  const told = make("span", {}, phrase("copyLink"));
  return make("button", {
    type: "button", class: "button", title: phrase("copyLinkTold"), onclick: async () => {
      try {
        await navigator.clipboard.writeText(address);
        told.textContent = phrase("linkCopied");
      } catch {
        window.prompt(phrase("copyLinkByHand"), address);
      }
    },
  }, told);
}

/* A rule is measured on the cut-out: where that is doubtful, so is what was measured. */
function tellRulesKept(flags) {
  return flags
    ? make("p", {}, phrase("rulesDoubtful"))
    : make("p", { class: "passed" }, `\u2713 ${phrase("rulesKept")}`);
}

/* All that was made of one photo, side by side; the one in view is marked. */
function makeVariations(record, siblings, handlers, readOnly) {
  return make("section", { class: "variations" },
    make("h3", {}, phrase("variations")),
    makeStrip(record, siblings, handlers, (one) => [phrase("variation", { variation: one.variation }), formatNumber(one.number)]),
    make("button", { type: "button", class: "button", "aria-keyshortcuts": "V", onclick: () => handlers.compare() },
      make("span", {}, phrase("sideBySide")), make("kbd", { "aria-hidden": "true" }, "V")),
    record.state === "done" && !readOnly && make("button", {
      type: "button", class: "button", "aria-keyshortcuts": "O", onclick: () => handlers.only(),
      title: phrase("onlyThisTold"),
    }, make("span", {}, phrase("onlyThis")), make("kbd", { "aria-hidden": "true" }, "O")),
  );
}

/* Small pictures to press; the one in view is marked. `tell`: what one is called, in words and in short. */
function makeStrip(record, ones, handlers, tell) {
  return make("div", { class: "strip" }, ...ones.map((one) => {
    const { words, sign } = nameState(findState(one, one.verdict)), [name, short] = tell(one);
    return make("button", {
      type: "button", class: "sibling", "data-state": findState(one, one.verdict), title: words,
      "aria-current": String(one.id === record.id), "aria-label": `${name}, ${words}`, onclick: () => handlers.open(one.id),
    }, make("img", { src: one.thumb, alt: "" }), make("span", {}, `${short} ${sign}`));
  }));
}

/* All tries of this image, the oldest first. The set shows one of them; to approve another is to choose that. */
function makeTries(record, tries, handlers, readOnly) {
  return make("section", { class: "variations" },
    make("h3", {}, phrase("tries")),
    makeStrip(record, tries, handlers, (one) => [phrase(one.chosen ? "tryInSet" : "try", { number: one.tryNumber }), `${one.tryNumber}${one.chosen ? " \u2605" : ""}`]),
    make("p", {}, record.chosen ? `\u2605 ${phrase("inSet")}` : phrase("behind")),
    !record.chosen && record.state === "done" && !readOnly && make("button", {
      type: "button", class: "button", "aria-keyshortcuts": "A", onclick: () => handlers.judge("APPROVED"),
      title: phrase("chooseThisTold"),
    }, make("span", {}, phrase("chooseThis")), make("kbd", { "aria-hidden": "true" }, "A")),
  );
}

/* Why it is rejected: a press rejects it, too. */
function makeReasons({ verdict, reason, words }, handlers) {
  const own = make("input", { type: "text", maxlength: MOST_WORDS, value: words || "", placeholder: phrase("otherWords"), "aria-label": phrase("otherWordsTold") });
  const why = () => ({ reason: reason && reason !== "OTHER" ? reason : null, words: own.value });
  own.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && own.value.trim()) handlers.judge("REJECTED", why());
    if (event.key !== "Escape") event.stopPropagation();
  });
  return make("details", { class: "reasons", open: verdict === "REJECTED" },
    make("summary", {}, phrase("rejectBecause")),
    make("div", { class: "strip" }, ...REASONS.map(([value, key]) => make("button", {
      type: "button", class: "button", "aria-keyshortcuts": key, "aria-pressed": String(reason === value),
      onclick: () => handlers.judge("REJECTED", { reason: value, words: own.value }),
    }, make("span", {}, phrase(value)), make("kbd", { "aria-hidden": "true" }, key)))),
    make("div", { class: "own-words" }, own, make("button", {
      type: "button", class: "button", onclick: () => own.value.trim() ? handlers.judge("REJECTED", why()) : own.focus(),
    }, phrase("reject"))),
  );
}

function makeNotice(kind, words, step) {
  return make("div", { class: `notice ${kind}` }, make("strong", {}, words), step ? make("span", {}, step) : null);
}
