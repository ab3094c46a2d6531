export const header = 'Bearer 0123456789abcdef';
