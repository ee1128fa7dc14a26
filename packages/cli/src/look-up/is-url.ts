/** Whether an option names an address rather than a file. */
export const isUrl = (place: string): boolean => /^https?:\/\//i.test(place);
