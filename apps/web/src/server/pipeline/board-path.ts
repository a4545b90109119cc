/** Where the board of the queues is. Apart from it, so that whoever needs the path does not load the board. */
export const BOARD_PATH = '/admin/queues/board'
