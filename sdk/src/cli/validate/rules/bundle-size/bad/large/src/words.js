// Stands for a list that somebody put into the code.
export const words = ['%GROW%'];
