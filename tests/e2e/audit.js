// What a page lacks for people who can't see it well, can't use a mouse or use a phone. Returns a list of sentences.
// Sources: WCAG 2.2, 1.1.1, 1.3.1, 1.4.3, 1.4.10, 2.5.8, 3.1.1, 4.1.2.
() => {
  const found = new Set();
  const pen = Object.assign(document.createElement("canvas"), { width: 1, height: 1 })
    .getContext("2d", { willReadFrequently: true });

  const rgba = (text) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = "rgba(0,0,0,0)";
    pen.fillStyle = text;
    pen.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const over = (top, below) => {
    const alpha = top[3] + below[3] * (1 - top[3]);
    if (!alpha) return [0, 0, 0, 0];
    const mixed = [0, 1, 2].map((i) => (top[i] * top[3] + below[i] * below[3] * (1 - top[3])) / alpha);
    return [...mixed, alpha];
  };
  const luminance = (colour) => {
    const [red, green, blue] = colour.slice(0, 3).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const chain = (element) => {
    const list = [];
    for (let at = element; at; at = at.parentElement ?? at.getRootNode().host ?? null) list.push(at);
    return list;
  };
  const visible = (element) => {
    const box = element.getBoundingClientRect();
    // A folded sidebar lies to the left of the window.
    return box.width > 1 && box.height > 1 && box.right > 0 && element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) &&
      !chain(element).some((at) => at.getAttribute?.("aria-hidden") === "true" || at.inert);
  };
  const where = (element) => {
    const key = chain(element).map((at) => [...(at.classList ?? [])].find((name) => name.startsWith("st-key-")))
      .find(Boolean);
    const text = (element.getAttribute("aria-label") || element.textContent || "").trim().replace(/\s+/g, " ");
    return `<${element.tagName.toLowerCase()} ${element.dataset?.testid ?? ""}> "${text.slice(0, 50)}" in ${key ?? "-"}`;
  };
  const everything = (root) => [...root.querySelectorAll("*")]
    .flatMap((element) => [element, ...(element.shadowRoot ? everything(element.shadowRoot) : [])]);
  const all = everything(document.body);

  if (!document.documentElement.lang) found.add("the page has no language");
  if (!document.title.trim()) found.add("the page has no title");

  const name = (element) => {
    const root = element.getRootNode();
    const byId = (element.getAttribute("aria-labelledby") ?? "").split(/\s+/).filter(Boolean)
      .map((id) => root.getElementById?.(id)?.textContent ?? "").join(" ");
    const labels = [...(element.labels ?? [])].map((label) => label.textContent).join(" ");
    const pictures = [...element.querySelectorAll("img[alt], svg title")].map((at) => at.alt ?? at.textContent).join(" ");
    const own = element.matches("input, select, textarea") ? "" : element.textContent;
    return [element.getAttribute("aria-label"), byId, labels, own, pictures, element.title].join(" ").trim();
  };
  const controls = "button, a[href], input:not([type=hidden]), select, textarea, summary, [role=button], [role=slider], " +
    "[role=checkbox], [role=radio], [role=switch], [role=tab], [role=combobox], [role=option]";
  for (const element of all.filter((at) => at.matches(controls) && visible(at))) {
    if (!name(element)) found.add(`no name: ${where(element)}`);
    if (element.matches("button, [role=button], a[href]")) {
      const { width, height } = element.getBoundingClientRect();
      const inText = element.matches("a") && getComputedStyle(element).display === "inline";
      if (!inText && (width < 24 || height < 24)) {
        found.add(`smaller than 24 px (${Math.round(width)} x ${Math.round(height)}): ${where(element)}`);
      }
    }
  }
  for (const image of all.filter((at) => at.matches("img, [role=img]") && visible(at))) {
    if (image.matches("img") ? !image.hasAttribute("alt") : !name(image)) found.add(`no alternative: ${where(image)}`);
  }
  const ids = all.map((at) => at.id).filter((id) => id && document.querySelectorAll(`#${CSS.escape(id)}`).length > 1);
  for (const id of new Set(ids)) found.add(`the id ${id} is there twice`);

  const headings = all.filter((at) => at.matches("h1, h2, h3, h4, h5, h6") && visible(at));
  const main = headings.filter((at) => at.matches("h1"));
  if (main.length !== 1) found.add(`${main.length} first-level headings: ${main.map((at) => at.textContent).join(", ")}`);
  headings.reduce((before, heading) => {
    const level = Number(heading.tagName[1]);
    if (level > before + 1) found.add(`a level is left out before the heading "${heading.textContent}"`);
    return level;
  }, 0);

  for (const element of all) {
    const words = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (!words.length || !visible(element) || element.matches("script, style, option")) continue;
    const style = getComputedStyle(element);
    if (/material/i.test(style.fontFamily) || /^[a-z_]+$/.test(element.textContent) && element.matches("[data-testid=stIconMaterial]")) continue;
    const line = chain(element);
    if (line.some((at) => at.matches?.(":disabled, [aria-disabled=true], [data-testid=stStatusWidget]"))) continue;
    let behind = [0, 0, 0, 0];
    let picture = false;
    for (const at of line) {
      const its = getComputedStyle(at);
      picture ||= its.backgroundImage !== "none" && behind[3] < 1;
      behind = over(behind, rgba(its.backgroundColor));
    }
    if (picture || behind[3] < 0.99) continue;
    const faint = line.reduce((sum, at) => sum * Number(getComputedStyle(at).opacity), 1);
    const colour = rgba(style.color);
    const ratio = contrast(over([...colour.slice(0, 3), colour[3] * faint], behind), behind);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5) - 0.005) found.add(`contrast ${ratio.toFixed(2)}: ${where(element)}`);
  }

  const page = document.scrollingElement;
  if (page.scrollWidth > window.innerWidth + 1) found.add(`wider than the window by ${page.scrollWidth - window.innerWidth} px`);
  for (const box of document.querySelectorAll("[data-testid=stMain], [data-testid=stSidebarContent]")) {
    if (visible(box) && box.scrollWidth > box.clientWidth + 1) {
      const widest = all.filter((at) => box.contains(at) && visible(at) && at.getBoundingClientRect().right > window.innerWidth + 1)
        .map(where)[0];
      found.add(`scrolls sideways by ${box.scrollWidth - box.clientWidth} px: ${widest}`);
    }
  }
  return [...found].sort();
}
