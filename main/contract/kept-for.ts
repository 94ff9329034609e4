/** Days that what was deleted stays in the bin. */
export const binDays = 7;
/** Minutes that what was taken away otherwise can be had back, as long as Hearth runs. */
export const undoMinutes = 10;
