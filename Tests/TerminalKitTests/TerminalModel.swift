@testable import TerminalKit

/// A terminal as a value: takes the bytes that are written to one and shows what would be seen.
///
/// It knows what `FrameWriter` may write and refuses the rest, so that a test sees every slip.
struct TerminalModel {
    struct Cell: Hashable {
        var text: String
        var look: ResolvedStyle
    }

    let size: Size
    private(set) var cells: [Cell]
    private(set) var cursor = (x: 0, y: 0)
    private(set) var showsCursor = true
    private(set) var faults: [String] = []
    private var look = ResolvedStyle(foreground: .standard, background: .standard, attributes: [])

    init(size: Size) {
        self.size = size
        // Something was there before.
        self.cells = Array(repeating: Cell(text: "?", look: look), count: size.width * size.height)
    }

    func row(_ y: Int) -> String { (0..<size.width).map { cells[y * size.width + $0].text }.joined() }

    mutating func take(_ bytes: [UInt8]) {
        var scalars = String(decoding: bytes, as: UTF8.self).unicodeScalars[...]
        while let scalar = scalars.popFirst() {
            guard scalar.value == 0x1B else {
                write(scalar)
                continue
            }
            guard scalars.popFirst() == "[" else { return faults.append("no CSI") }
            var parameters = ""
            while let next = scalars.popFirst() {
                if next.value >= 0x40 {
                    apply(next, parameters)
                    break
                }
                parameters.unicodeScalars.append(next)
            }
        }
    }

    private mutating func write(_ scalar: Unicode.Scalar) {
        let width = DisplayWidth.of(scalar)
        guard scalar.value >= 0x20, cursor.x + width <= size.width else {
            faults.append("U+\(String(scalar.value, radix: 16)) at column \(cursor.x)")
            return
        }
        let at = cursor.y * size.width + cursor.x
        guard width > 0 else {
            if cursor.x > 0 { cells[at - (cells[at - 1].text.isEmpty ? 2 : 1)].text.unicodeScalars.append(scalar) }
            return
        }
        cells[at] = Cell(text: String(scalar), look: look)
        if width == 2 { cells[at + 1] = Cell(text: "", look: look) }
        cursor.x += width
    }

    private mutating func apply(_ final: Unicode.Scalar, _ parameters: String) {
        let numbers = parameters.split(separator: ";", omittingEmptySubsequences: false).map { Int($0) }
        switch final {
        case "H":
            cursor = ((numbers.last ?? 1).map { $0 - 1 } ?? 0, (numbers.first ?? 1).map { $0 - 1 } ?? 0)
            if !Rect(size).contains(x: cursor.x, y: cursor.y) { faults.append("moved to \(cursor)") }
        case "C": cursor.x += numbers.first.flatMap(\.self) ?? 1
        case "K":
            var blank = look
            // Erasing takes the background alone.
            blank.attributes = []
            for x in cursor.x..<size.width { cells[cursor.y * size.width + x] = Cell(text: " ", look: blank) }
        case "m": restyle(numbers)
        case "h" where parameters == "?25": showsCursor = true
        case "l" where parameters == "?25": showsCursor = false
        default: faults.append("CSI \(parameters)\(final)")
        }
    }

    private mutating func restyle(_ numbers: [Int?]) {
        var codes = numbers.map { $0 ?? 0 }[...]
        while let code = codes.popFirst() {
            switch code {
            case 0: look = ResolvedStyle(foreground: .standard, background: .standard, attributes: [])
            case 1: look.attributes.insert(.bold)
            case 2: look.attributes.insert(.dim)
            case 4: look.attributes.insert(.underline)
            case 7: look.attributes.insert(.reverse)
            case 22: look.attributes.subtract([.bold, .dim])
            case 24: look.attributes.remove(.underline)
            case 27: look.attributes.remove(.reverse)
            case 39: look.foreground = .standard
            case 49: look.background = .standard
            case 30...37: look.foreground = .indexed(code - 30)
            case 90...97: look.foreground = .indexed(code - 82)
            case 40...47: look.background = .indexed(code - 40)
            case 100...107: look.background = .indexed(code - 92)
            case 38, 48:
                let color: TerminalColor
                if codes.popFirst() == 5 {
                    color = .indexed(codes.popFirst() ?? 0)
                } else {
                    let parts = (0..<3).map { _ in UInt8(codes.popFirst() ?? 0) }
                    color = .rgb(RGB(parts[0], parts[1], parts[2]))
                }
                if code == 38 { look.foreground = color } else { look.background = color }
            default: faults.append("SGR \(code)")
            }
        }
    }
}
