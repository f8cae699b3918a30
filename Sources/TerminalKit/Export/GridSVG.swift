/// A frame as a picture: an SVG of monospaced text in a theme's colours.
public struct GridSVG: Sendable {
    private let theme: Theme
    /// What stands for the terminal's own colours, where a theme leaves them.
    private let ink: RGB
    private let paper: RGB

    private static let cellWidth = 8.4
    private static let cellHeight = 17
    private static let margin = 8

    /// `ink` and `paper` stand for the terminal's own colours.
    public init(theme: Theme, ink: RGB = RGB(0xD0, 0xD0, 0xD0), paper: RGB = RGB(0x14, 0x16, 0x1B)) {
        self.theme = theme
        self.ink = ink
        self.paper = paper
    }

    /// The whole document. What a cell holds is text in it, whatever it is.
    public func document(_ grid: CellGrid) -> String {
        let width = Self.number(Double(grid.size.width) * Self.cellWidth + Double(2 * Self.margin))
        let height = grid.size.height * Self.cellHeight + 2 * Self.margin
        let ground = look(Style()).paper ?? paper
        var lines = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(width) \(height)\" font-size=\"14\" "
                + "font-family=\"ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace\">",
            "<rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"\(ground.hex)\"/>",
        ]
        for y in 0..<grid.size.height {
            for run in runs(of: grid, y) { lines += elements(run, y: y, ground: ground) }
        }
        return (lines + ["</svg>", ""]).joined(separator: "\n")
    }

    private struct Run {
        let x: Int
        var columns: Int
        var text: String
        let style: Style
    }

    private func runs(of grid: CellGrid, _ y: Int) -> [Run] {
        var runs: [Run] = []
        for (x, cell) in grid.row(y).enumerated() {
            if let last = runs.last, last.style == cell.style {
                runs[runs.count - 1].columns += 1
                if let character = cell.character { runs[runs.count - 1].text.append(character) }
            } else {
                runs.append(Run(x: x, columns: 1, text: cell.character.map { String($0) } ?? "", style: cell.style))
            }
        }
        return runs
    }

    private func elements(_ run: Run, y: Int, ground: RGB) -> [String] {
        let look = look(run.style)
        let left = Self.number(Double(Self.margin) + Double(run.x) * Self.cellWidth)
        let width = Self.number(Double(run.columns) * Self.cellWidth)
        let top = Self.margin + y * Self.cellHeight
        var lines: [String] = []
        if let paper = look.paper, paper != ground {
            lines.append(
                "<rect x=\"\(left)\" y=\"\(top)\" width=\"\(width)\" height=\"\(Self.cellHeight)\" fill=\"\(paper.hex)\"/>"
            )
        }
        guard run.text.contains(where: { $0 != " " }) else { return lines }
        var attributes = ""
        if look.attributes.contains(.bold) { attributes += " font-weight=\"bold\"" }
        if look.attributes.contains(.dim) { attributes += " opacity=\"0.6\"" }
        if look.attributes.contains(.underline) { attributes += " text-decoration=\"underline\"" }
        lines.append(
            "<text x=\"\(left)\" y=\"\(top + 13)\" fill=\"\(look.ink.hex)\" textLength=\"\(width)\" "
                + "lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\"\(attributes)>\(Self.escaped(run.text))</text>"
        )
        return lines
    }

    private func look(_ style: Style) -> (ink: RGB, paper: RGB?, attributes: TextAttributes) {
        let resolved = theme.resolve(style, depth: .truecolor)
        func color(_ color: TerminalColor) -> RGB? {
            switch color {
            case .standard: nil
            case .rgb(let rgb): rgb
            case .indexed(let index): RGB(indexed: index)
            }
        }
        let (front, back) = (color(resolved.foreground), color(resolved.background))
        return resolved.attributes.contains(.reverse)
            ? (back ?? paper, front ?? ink, resolved.attributes) : (front ?? ink, back, resolved.attributes)
    }

    /// Tenths, without a locale.
    private static func number(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }

    /// XML 1.0 forbids most controls even as references.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case _
            where scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
                || scalar.value >= 0xFFFE && scalar.value <= 0xFFFF:
                result += "?"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension RGB {
    /// `#rrggbb`.
    public var hex: String {
        "#" + [red, green, blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
