// Owns which addresses of a model's text may become links, and what an image becomes. Nothing is ever fetched.

/** The address if it may be offered to the user, else null. Only what a browser or a mail program opens. */
export function allowedLink(href: string): string | null {
  let url: URL;
  try {
    url = new URL(href);
  } catch {
    // Relative addresses would point into the app itself.
    return null;
  }
  return ['http:', 'https:', 'mailto:'].includes(url.protocol) ? url.href : null;
}

/** The part of an address that says who receives it. */
export function hostOf(href: string): string {
  try {
    const { host, protocol, pathname } = new URL(href);
    return protocol === 'mailto:' ? pathname : host;
  } catch {
    return href;
  }
}
