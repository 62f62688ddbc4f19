/** What the page shows, as kept in the address after `#`, so that every view has a link that can be sent to a colleague. */
export type Route =
  | { readonly page: 'plant' }
  | { readonly page: 'asset'; readonly id: string }
  | { readonly page: 'alert'; readonly id: string }
  | { readonly page: 'work-orders' }
  /** `id`: its number. */
  | { readonly page: 'work-order'; readonly id: string }
  | { readonly page: 'sources' }
  | { readonly page: 'health' };

/** Reads the part of an address after `#`; anything unknown is the plant. */
export function parseRoute(hash: string): Route {
  const [page = '', id = ''] = hash.replace(/^#?\/?/, '').split('/');
  const decoded = decode(id);
  if (page === 'asset' && decoded !== '') return { page, id: decoded };
  if (page === 'alert' && decoded !== '') return { page, id: decoded };
  if (page === 'work-order' && decoded !== '') return { page, id: decoded };
  if (page === 'work-orders' || page === 'sources' || page === 'health') return { page };
  return { page: 'plant' };
}

/** Writes a route as the target of a link. */
export function linkTo(route: Route): string {
  switch (route.page) {
    case 'plant':
      return '#/';
    case 'asset':
    case 'alert':
    case 'work-order':
      return `#/${route.page}/${encodeURIComponent(route.id)}`;
    case 'work-orders':
    case 'sources':
    case 'health':
      return `#/${route.page}`;
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return ''; // a mangled link leads to the plant, not to a blank page
  }
}
