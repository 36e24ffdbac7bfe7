// Returns what of a page, or in what a selector finds, does not fit the screen, a line each: it is
// beyond the edge, or cut off.
// An element that scrolls by itself, or leaves words out with "…" on purpose, hides nothing for good;
// what stands to the left of the screen is a link that shows when it has the keyboard's focus.
(within) => {
  const width = document.documentElement.clientWidth;
  const wholePage = [document.body, document.documentElement];
  const scrolls = (one) =>
    one &&
    !wholePage.includes(one) &&
    (["auto", "scroll"].includes(getComputedStyle(one).overflowX) || scrolls(one.parentElement));
  const name = (one) =>
    `${one.tagName.toLowerCase()}#${one.id}.${one.className}: ${one.textContent.trim().slice(0, 60)}`;
  const isSeen = (one, box, style) =>
    box.width > 1 && box.height > 1 && style.visibility !== "hidden" && box.right > 0;

  const found = [];
  if (!within && document.documentElement.scrollWidth > width) {
    found.push(`the page is ${document.documentElement.scrollWidth} wide, the screen ${width}`);
  }
  for (const one of document.querySelectorAll(`${within || "body"} *`)) {
    const [box, style] = [one.getBoundingClientRect(), getComputedStyle(one)];
    if (!isSeen(one, box, style)) {
      continue;
    }
    if (box.right > width + 1 && !scrolls(one)) {
      found.push(`beyond the edge: ${name(one)}`);
    }
    const clips = ["hidden", "clip"].includes(style.overflowX) && style.textOverflow !== "ellipsis";
    if (clips && one.scrollWidth > one.clientWidth + 1) {
      found.push(`cut off: ${name(one)}`);
    }
  }
  return found;
}
