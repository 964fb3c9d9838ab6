// What axe-core has no rule for. Returns a list of sentences.
// - the page is no wider than the window (WCAG 2.2, 1.4.10);
// - under a finger every control has a given size by itself; axe's rule (2.5.8) lets small ones pass that stand alone.
(finger) => {
  const found = new Set();
  const everything = (root) => [...root.querySelectorAll("*")]
    .flatMap((element) => [element, ...(element.shadowRoot ? everything(element.shadowRoot) : [])]);
  const all = everything(document.body);
  const visible = (element) => {
    const box = element.getBoundingClientRect();
    // A folded sidebar lies to the left of the window.
    return box.width > 1 && box.height > 1 && box.right > 0 &&
      element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
  };
  // Streamlit's close buttons for screen readers lie in a box of one pixel.
  const hidden = (element) => {
    const box = element.parentElement?.getBoundingClientRect();
    return box && box.width <= 1 && box.height <= 1;
  };
  const where = (element) => {
    const key = element.closest("[class*=st-key-]")?.className.match(/st-key-[\w-]+/)?.[0];
    const text = (element.getAttribute("aria-label") || element.textContent || "").trim().replace(/\s+/g, " ");
    return `<${element.tagName.toLowerCase()} ${element.dataset?.testid ?? ""} > "${text.slice(0, 50)}" in ${key ?? "-"}`;
  };

  if (finger) {
    const controls = "button, a[href], summary, [role=button], [role=radio], [role=tab], [role=option]";
    for (const element of all.filter((at) => at.matches(controls) && visible(at) && !hidden(at))) {
      const { width, height } = element.getBoundingClientRect();
      const inText = element.matches("a") && getComputedStyle(element).display === "inline";
      if (!inText && (width < finger || height < finger)) {
        found.add(`smaller than ${finger} px (${Math.round(width)} x ${Math.round(height)}): ${where(element)}`);
      }
    }
  }

  for (const box of [document.scrollingElement, ...document.querySelectorAll("[data-testid=stMain], [data-testid=stSidebarContent]")]) {
    const room = box === document.scrollingElement ? window.innerWidth : box.clientWidth;
    if (visible(box) && box.scrollWidth > room + 1) {
      const widest = all.filter((at) => visible(at) && at.getBoundingClientRect().right > window.innerWidth + 1).map(where)[0];
      found.add(`wider than its room by ${box.scrollWidth - room} px: ${widest}`);
    }
  }
  return [...found].sort();
}
