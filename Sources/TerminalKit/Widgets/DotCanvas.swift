/// Dots finer than cells, drawn as braille (2x4 dots a cell), quadrant blocks (2x2) or ASCII (1x2).
///
/// The canvas ORs what is set into one mask a cell; the style of the last dot of a cell holds for all of it.
struct DotCanvas {
    /// Dots across and down one cell.
    struct Resolution: Hashable {
        let across: Int
        let down: Int
    }

    let area: Rect
    let resolution: Resolution
    private let glyphs: GlyphSet
    private var masks: [UInt8]
    private var styles: [Style]

    init(area: Rect, glyphs: GlyphSet) {
        self.area = area
        self.glyphs = glyphs
        self.resolution = Self.resolution(glyphs)
        self.masks = Array(repeating: 0, count: area.width * area.height)
        self.styles = Array(repeating: Style(), count: masks.count)
    }

    static func resolution(_ glyphs: GlyphSet) -> Resolution {
        switch glyphs {
        case .unicode: Resolution(across: 2, down: 4)
        case .blocks: Resolution(across: 2, down: 2)
        case .ascii: Resolution(across: 1, down: 2)
        }
    }

    var width: Int { area.width * resolution.across }
    var height: Int { area.height * resolution.down }

    /// Sets one dot, (0, 0) at the lower left; outside nothing happens.
    mutating func set(_ x: Int, _ y: Int, _ style: Style) {
        guard x >= 0, x < width, y >= 0, y < height else { return }
        let row = area.height - 1 - y / resolution.down
        let cell = row * area.width + x / resolution.across
        masks[cell] |= 1 << UInt8(x % resolution.across * resolution.down + y % resolution.down)
        styles[cell] = style
    }

    /// Draws the cells that have dots, and leaves the others as they are.
    func draw(on grid: inout CellGrid) {
        for (cell, mask) in masks.enumerated() where mask != 0 {
            grid.draw(
                String(character(mask)), x: area.x + cell % area.width, y: area.y + cell / area.width,
                style: styles[cell], clip: area)
        }
    }

    /// Bits of a mask count from the bottom up, the left column first.
    private func character(_ mask: UInt8) -> Character {
        switch glyphs {
        case .unicode:
            var braille: UInt32 = 0x2800
            for bit in 0..<8 where mask & 1 << UInt8(bit) != 0 { braille |= Self.brailleBits[bit] }
            return Unicode.Scalar(braille).map(Character.init) ?? " "
        case .blocks: return Self.quadrants[Int(mask & 0xF)]
        case .ascii: return Self.marks[Int(mask & 0x3)]
        }
    }

    /// Unicode numbers the dots 1 2 3 7 down the left column and 4 5 6 8 down the right one.
    private static let brailleBits: [UInt32] = [0x40, 0x04, 0x02, 0x01, 0x80, 0x20, 0x10, 0x08]
    private static let quadrants: [Character] = [
        " ", "▖", "▘", "▌", "▗", "▄", "▚", "▙", "▝", "▞", "▀", "▛", "▐", "▟", "▜", "█",
    ]
    private static let marks: [Character] = [" ", ".", "'", ":"]
}
