const escape = (text) =>
  String(text ?? "").replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

// {{ image.url | picture(picdesk, image.title) | safe }} of an image in front matter,
// {% picture "/assets/images/a.jpg", "A title" %} for one in an article's text.
//
// The image's URL as the article writes it is the key in picdesk's manifest, which Eleventy reads
// from _data/picdesk.json; where several articles mean files of their own by one spelling (cover.jpg
// beside each), article and spelling together are. A picture that is not in there (broken, or picdesk
// has not run yet) is shown as it is. A site with a pathPrefix needs Eleventy's HtmlBasePlugin,
// which puts it in front of all addresses of a page.
function picture(src, manifest, alt, sizes = "100vw") {
  const images = manifest?.images;
  const article = this.page?.inputPath?.replace(/^\.\//, "");
  const found = images?.[`${article}:${src}`] ?? images?.[src];
  const card = found?.thumbs.card;
  if (!card) return `<img src="${escape(src)}" alt="${escape(alt)}" loading="lazy">`;
  return (
    `<img src="${escape(card.url)}" srcset="${escape(found.srcset.webp)}" sizes="${escape(sizes)}" ` +
    `width="${card.width}" height="${card.height}" alt="${escape(alt)}" loading="lazy">`
  );
}

export default function (config) {
  config.addFilter("picture", picture);
  // Liquid, in which Markdown is rendered, has the data in a place of its own.
  config.addShortcode("picture", function (src, alt, sizes) {
    const data = this.ctx.environments ?? this.ctx;
    return picture.call(this, src, data.picdesk, alt, sizes);
  });
  // Thumbnails and originals are taken over as they are.
  config.addPassthroughCopy("assets");
}
