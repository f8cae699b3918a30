/// What the keyboard, the mouse or the terminal said, independent of ncurses.
public enum Key: Hashable, Sendable {
    /// A printable character, possibly of several scalars.
    case character(Character)
    /// Control and a letter, lower case: `control("l")` is Ctrl-L.
    case control(Character)
    /// A printable character with Alt held: `ESC x` at once, as a keyboard sends it and fingers cannot.
    case alt(Character)
    case enter, escape, tab, backTab, backspace, delete, insert
    case up, down, left, right, home, end, pageUp, pageDown
    case function(Int)
    /// A bracketed paste, whole.
    case paste(String)
    case mouse(MouseEvent)
    /// The terminal has a new size; the screen has been cleared.
    case resize(Size)
}
