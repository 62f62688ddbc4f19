/** Where the picture of the capture is that an alert came from, seen from the root of the service. */
export function alertPicturePath(alert: string): string {
  return `/api/v1/alerts/${alert}/picture`;
}
